import { QemuError } from "../error.ts";
import type { Version } from "../version.ts";

/** A JSON object whose members are not checked yet. */
export type Fields = Readonly<Record<string, unknown>>;

export type QmpEvent = {
  readonly name: string;
  readonly data: Fields;
  /** When it happened on the host's clock, in milliseconds since 1970, to the microsecond. */
  readonly time: number;
};

/** What QEMU sends (docs/interop/qmp-spec.rst, "Server greeting" to "Asynchronous events"). */
export type QmpMessage =
  | { readonly kind: "greeting"; readonly version: Version }
  | { readonly kind: "event"; readonly event: QmpEvent }
  | { readonly kind: "return"; readonly id: number; readonly value: unknown }
  | {
      readonly kind: "error";
      readonly id: number | undefined;
      readonly class: string;
      readonly description: string;
    };

/** Reads one line; undefined for an empty one. Throws QemuError "qmp-protocol" for all others. */
export function parseMessage(line: string): QmpMessage | undefined {
  if (line.trim() === "") return undefined;
  const message = parseObject(line);
  if (message) {
    const { QMP, event, id, error } = message;
    if (QMP !== undefined) {
      const version = greetingVersion(QMP);
      if (version) return { kind: "greeting", version };
    } else if (typeof event === "string") {
      const data = isObject(message.data) ? message.data : {};
      return { kind: "event", event: { name: event, data, time: timeOf(message.timestamp) } };
    } else if ("return" in message && typeof id === "number") {
      return { kind: "return", id, value: message.return };
    } else if (isObject(error)) {
      return {
        kind: "error",
        id: typeof id === "number" ? id : undefined,
        class: `${error.class}`,
        description: `${error.desc}`,
      };
    }
  }
  throw new QemuError(
    "qmp-protocol",
    `QEMU sent ${JSON.stringify(line.slice(0, 200))}, which is no control message; is it really QEMU?`,
  );
}

/** The specification has -1 for a clock that cannot be read; it is then now. */
function timeOf(timestamp: unknown): number {
  const { seconds, microseconds } = isObject(timestamp) ? timestamp : {};
  if (typeof seconds !== "number" || typeof microseconds !== "number" || seconds < 0)
    return Date.now();
  return seconds * 1e3 + microseconds / 1e3;
}

export const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseObject(line: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function greetingVersion(greeting: unknown): Version | undefined {
  const version = isObject(greeting) ? greeting.version : undefined;
  const qemu = isObject(version) ? version.qemu : undefined;
  if (!isObject(qemu)) return undefined;
  const { major, minor, micro } = qemu;
  return typeof major === "number" && typeof minor === "number" && typeof micro === "number"
    ? { major, minor, micro }
    : undefined;
}
