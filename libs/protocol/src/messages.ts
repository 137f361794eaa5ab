import type { z } from "zod";
import type { Frame } from "./decode.ts";
import { WireError } from "./error.ts";
import { type GuestMessage, guestMessages, type Hello } from "./guest-messages.ts";
import { aFrame } from "./header.ts";
import { type HostMessage, hostMessages } from "./host-messages.ts";
import { printable, quoted } from "./quoted.ts";
import { PROTOCOL_VERSION, versionMismatch } from "./version.ts";

export * from "./guest-messages.ts";
export * from "./host-messages.ts";
export { type Mark, mark } from "./schema.ts";

/**
 * The JSON of a control frame from the guest, checked. Throws WireError `message`, or `version`
 * for a hello of another version, whose other fields nobody can judge.
 */
export function parseGuestMessage(json: unknown): GuestMessage {
  const theirs = helloVersion(json);
  if (theirs !== undefined && theirs !== PROTOCOL_VERSION) {
    throw new WireError("version", versionMismatch(theirs));
  }
  return parse<GuestMessage>(guestMessages, "guest", json);
}

/** The JSON of a control frame from the host, checked. Throws WireError `message`. */
export function parseHostMessage(json: unknown): HostMessage {
  return parse<HostMessage>(hostMessages, "host", json);
}

/**
 * The guest's first frame, which must be a hello of our version.
 * Throws WireError `handshake`, `version` or `message`.
 */
export function parseHello(first: Frame): Hello {
  if (first.kind !== "control") {
    const on = first.kind === "event" ? "" : ` on ${first.stream}`;
    const what = `${aFrame(first.kind)}${on}`;
    throw new WireError("handshake", `the guest's first frame is ${what} instead of a hello`);
  }
  const message = parseGuestMessage(first.json);
  if (message.kind !== "hello") {
    throw new WireError(
      "handshake",
      `the guest's first message is ${quoted(message.kind)} instead of a hello`,
    );
  }
  return message;
}

function helloVersion(json: unknown): number | undefined {
  if (kindOf(json) !== "hello") return undefined;
  const version: unknown = Reflect.get(Object(json), "version");
  return typeof version === "number" ? version : undefined;
}

function kindOf(json: unknown): string | undefined {
  if (typeof json !== "object" || json === null || !Object.hasOwn(json, "kind")) return undefined;
  const kind: unknown = Reflect.get(json, "kind");
  return typeof kind === "string" ? kind : undefined;
}

function parse<Message>(
  schemas: Readonly<Record<string, z.ZodType<Message>>>,
  from: "guest" | "host",
  json: unknown,
): Message {
  const kind = kindOf(json);
  if (kind === undefined) {
    throw new WireError(
      "message",
      `a control message from the ${from} has no kind: ${quoted(json)}`,
    );
  }
  const schema = Object.hasOwn(schemas, kind) ? schemas[kind] : undefined;
  if (schema === undefined) {
    throw new WireError(
      "message",
      `a control message from the ${from} has the unknown kind ${quoted(kind)}`,
    );
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.length ? `${issue.path.map(String).join(".")}: ` : "";
  const what = printable(`${where}${issue?.message}`, 200);
  throw new WireError(
    "message",
    `the control message "${kind}" from the ${from} is malformed: ${what}`,
  );
}
