import { WireError } from "./error.ts";
import { ORDER_LENGTH } from "./header.ts";

/** The u32 that says what an order is. */
export const orderKinds = { signal: 1, hold: 2, run: 3, finish: 4, clock: 5 } as const;

/** What the host tells guest init, by frames of a fixed layout, because nothing in the guest parses. */
export type Order =
  /** kill(2): a negative `pid` is a process group. */
  | { readonly kind: "signal"; readonly pid: number; readonly signal: number }
  /** Keep stdout and stderr open although the command ends, because teardown writes to them. */
  | { readonly kind: "hold" }
  /**
   * Run the script that comes next on the stream `hook` beside the command's: setup and teardown. It
   * starts with /dev/null for stdin; the event `ran` answers it.
   */
  | { readonly kind: "run"; readonly id: number }
  /** Write files back, and end the streams when they are empty. */
  | { readonly kind: "finish" }
  /** What time is it in the guest? The event `clock` answers. */
  | { readonly kind: "clock" };

/** The payload of an order: u32 kind, u32 a, i64 b, little-endian. */
export type OrderFields = { readonly number: number; readonly a: number; readonly b: bigint };

const MAX_PID = 0x7fff_ffffn;
const MAX_SIGNAL = 64;

const bad = (what: string) => new WireError("order", what);

/** `payload` has ORDER_LENGTH bytes. Throws WireError `order`. */
export function parseOrder(payload: Uint8Array): Order {
  const view = new DataView(payload.buffer, payload.byteOffset, ORDER_LENGTH);
  const number = view.getUint32(0, true);
  const a = view.getUint32(4, true);
  const b = view.getBigInt64(8, true);
  switch (number) {
    case orderKinds.signal:
      // 0 and -1 would mean processes of guest init.
      if (b === 0n || b === -1n || b > MAX_PID || b < -MAX_PID)
        throw bad(
          `a signal order names ${b}: it must be a process, or a process group by its minus`,
        );
      if (a < 1 || a > MAX_SIGNAL) throw bad(`a signal order has signal ${a}: 1 to ${MAX_SIGNAL}`);
      return { kind: "signal", pid: Number(b), signal: a };
    case orderKinds.run:
      if (b !== 0n) throw bad(`a run order has ${b} for its b instead of 0`);
      return { kind: "run", id: a };
    case orderKinds.hold:
      return empty("hold", a, b);
    case orderKinds.finish:
      return empty("finish", a, b);
    case orderKinds.clock:
      return empty("clock", a, b);
    default:
      throw bad(`order kind ${number} is unknown`);
  }
}

function empty<Kind extends "hold" | "finish" | "clock">(kind: Kind, a: number, b: bigint) {
  if (a !== 0 || b !== 0n) throw bad(`a ${kind} order has ${a} and ${b} instead of 0 and 0`);
  return { kind } as const;
}

/** The fields that `parseOrder` reads back as `order`. */
export function orderFields(order: Order): OrderFields {
  const number = orderKinds[order.kind];
  if (order.kind === "signal") return { number, a: order.signal, b: BigInt(order.pid) };
  return { number, a: order.kind === "run" ? order.id : 0, b: 0n };
}
