import { z } from "zod";
import type { Frame } from "./decode.ts";
import { WireError } from "./error.ts";
import { aFrame } from "./header.ts";
import { printable, quoted } from "./quoted.ts";
import { PROTOCOL_VERSION, versionMismatch } from "./version.ts";

/**
 * The guest's first frame, and its only one in words: what this guest is. The host saves a template after it,
 * so it holds nothing that must differ between clones (the kernel makes its boot id at the first read).
 */
export const hello = z.strictObject({
  kind: z.literal("hello"),
  version: z.literal(PROTOCOL_VERSION),
  /** uname -r and uname -m. */
  release: z.string().min(1),
  arch: z.string().min(1),
  /** Version of guest init. */
  guestInit: z.string().min(1),
});

export type Hello = z.infer<typeof hello>;

/**
 * The guest's first frame, checked. Throws WireError `handshake` when it is no hello, `version` for another
 * version, whose other fields have no known meaning, and `message` for a malformed hello.
 */
export function parseHello(first: Frame): Hello {
  if (first.kind !== "control") {
    const on = "stream" in first ? ` on ${first.stream}` : "";
    const what = `${aFrame(first.kind)}${on}`;
    throw new WireError("handshake", `the guest's first frame is ${what} instead of a hello`);
  }
  const { json } = first;
  if (field(json, "kind") !== "hello")
    throw new WireError(
      "handshake",
      `the guest's first message is ${quoted(json)} instead of a hello`,
    );
  const theirs = field(json, "version");
  if (typeof theirs === "number" && theirs !== PROTOCOL_VERSION)
    throw new WireError("version", versionMismatch(theirs));
  const result = hello.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const where = issue?.path.length ? `${issue.path.map(String).join(".")}: ` : "";
  const what = printable(`${where}${issue?.message}`, 200);
  throw new WireError("message", `the guest's hello is malformed: ${what}`);
}

function field(json: unknown, name: string): unknown {
  if (typeof json !== "object" || json === null || !Object.hasOwn(json, name)) return undefined;
  return Reflect.get(json, name);
}
