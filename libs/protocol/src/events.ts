import { WireError } from "./error.ts";
import { EVENT_LENGTH } from "./header.ts";

/** The u32 that says what an event is: records of guest init (apps/init/src/records.ts), sent as they are. */
export const eventKinds = {
  exited: 16,
  failed: 17,
  started: 18,
  synced: 19,
  mark: 20,
  ran: 21,
  clock: 22,
  unwritten: 23,
} as const;

/** How a process ended: with a status of 0 to 255, or by a signal of 1 to 126. */
export type End =
  | { readonly status: number; readonly signal?: undefined }
  | { readonly signal: number; readonly status?: undefined };

/** What the guest says about the command and the other scripts that it runs. */
export type GuestEvent =
  /** The command is over. */
  | ({ readonly kind: "exited" } & End)
  /** System call number `call` of the script, counted from 0, failed with `errno`, 1 to 4095. */
  | { readonly kind: "failed"; readonly call: number; readonly errno: number }
  /** The command is process `pid` of the guest. */
  | { readonly kind: "started"; readonly pid: number }
  /** The command's writes to files have reached the host. */
  | { readonly kind: "synced" }
  /** Moment `index` of the script was at `ns` nanoseconds of the guest's CLOCK_MONOTONIC. */
  | { readonly kind: "mark"; readonly index: number; readonly ns: bigint }
  /** The script of the order `run` with this id is over. */
  | ({ readonly kind: "ran"; readonly id: number } & End)
  /** The guest's clock (CLOCK_REALTIME) when it was asked for: nanoseconds since 1970. */
  | { readonly kind: "clock"; readonly ns: bigint }
  /** A device of the guest did not write its data in time to a file of the host. */
  | { readonly kind: "unwritten" };

/** The payload of an event: u32 kind, u32 a, u64 b, little-endian. */
export type EventFields = { readonly number: number; readonly a: number; readonly b: bigint };

/** The largest errno that a system call returns (include/linux/err.h, MAX_ERRNO). */
const MAX_ERRNO = 4095n;
const MAX_PID = 0x7fff_ffffn;

const bad = (what: string) => new WireError("event", what);

/** `payload` has EVENT_LENGTH bytes. Throws WireError `event`. */
export function parseEvent(payload: Uint8Array): GuestEvent {
  const view = new DataView(payload.buffer, payload.byteOffset, EVENT_LENGTH);
  const number = view.getUint32(0, true);
  const a = view.getUint32(4, true);
  const b = view.getBigUint64(8, true);
  switch (number) {
    case eventKinds.exited:
      if (a !== 0) throw bad(`an exited event has ${a} for its a instead of 0`);
      return { kind: "exited", ...endOf("an exited", b) };
    case eventKinds.failed:
      if (b < 1n || b > MAX_ERRNO) throw bad(`a failed event has ${b} for its errno: 1 to 4095`);
      return { kind: "failed", call: a, errno: Number(b) };
    case eventKinds.started:
      if (a !== 0) throw bad(`a started event has ${a} for its a instead of 0`);
      if (b < 1n || b > MAX_PID) throw bad(`a started event has ${b} for its pid: 1 to ${MAX_PID}`);
      return { kind: "started", pid: Number(b) };
    case eventKinds.synced:
      if (a !== 0 || b !== 0n) throw bad(`a synced event has ${a} and ${b} instead of 0 and 0`);
      return { kind: "synced" };
    case eventKinds.mark:
      return { kind: "mark", index: a, ns: b };
    case eventKinds.ran:
      return { kind: "ran", id: a, ...endOf("a ran", b) };
    case eventKinds.clock:
      if (a !== 0) throw bad(`a clock event has ${a} for its a instead of 0`);
      return { kind: "clock", ns: b };
    case eventKinds.unwritten:
      if (a !== 0 || b !== 0n) throw bad(`an unwritten event has ${a} and ${b} instead of 0 and 0`);
      return { kind: "unwritten" };
    default:
      throw bad(`event kind ${number} is unknown`);
  }
}

/** A wait(2) status as the kernel writes it: kernel/exit.c, `wo_stat` of wait_task_zombie. */
function endOf(an: string, b: bigint): End {
  const status = b >> 8n;
  const signal = b & 0x7fn;
  if (signal === 0n && b <= 0xff00n && (b & 0x80n) === 0n) {
    return { status: Number(status) };
  }
  if (signal !== 0n && signal !== 0x7fn && status === 0n) {
    return { signal: Number(signal) };
  }
  throw bad(`${an} event has ${b} for its wait status, which is no end of a process`);
}

/** The fields that `parseEvent` reads back as `event`. */
export function eventFields(event: GuestEvent): EventFields {
  const number = eventKinds[event.kind];
  switch (event.kind) {
    case "exited":
      return { number, a: 0, b: waitStatus(event) };
    case "ran":
      return { number, a: event.id, b: waitStatus(event) };
    case "clock":
      return { number, a: 0, b: event.ns };
    case "failed":
      return { number, a: event.call, b: BigInt(event.errno) };
    case "started":
      return { number, a: 0, b: BigInt(event.pid) };
    case "synced":
    case "unwritten":
      return { number, a: 0, b: 0n };
    case "mark":
      return { number, a: event.index, b: event.ns };
  }
}

const waitStatus = (end: End): bigint => BigInt(end.signal ?? end.status * 256);
