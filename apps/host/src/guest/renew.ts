import {
  ADJ_SETOFFSET,
  AT_FDCWD,
  CLOCK_REALTIME,
  O_CLOEXEC,
  O_WRONLY,
  RNDADDENTROPY,
  RNDRESEEDCRNG,
} from "@vimto/linux";
import { KEPT } from "@vimto/script";
import type { GuestScript } from "../steps.ts";

/** Time and randomness for a guest; only the host has them. */
export type Renewal = {
  /** Random bytes, 64 of them. */
  readonly seed: Uint8Array;
  /**
   * For a guest that has booted, nanoseconds since 1970. For a clone, which goes on with its template's clock,
   * the milliseconds by which that clock is behind.
   */
  readonly clock: { readonly nowNs: bigint } | { readonly behindMs: number };
};

/** Whether the guest goes on where a template was saved. */
export const isClone = ({ clock }: Renewal): boolean => "behindMs" in clock;

/**
 * Renews what a machine that was saved shares with its copies: the clock and the state of the random
 * number generator (drivers/char/random.c: added entropy is mixed in, reseeding makes it count).
 */
export function renew(script: GuestScript, { clock, seed }: Renewal): void {
  if ("behindMs" in clock) advanceClock(script, clock.behindMs);
  else setClock(script, clock.nowNs);
  // struct rand_pool_info: bits, bytes, the bytes (include/uapi/linux/random.h).
  const pool = new Uint8Array(8 + seed.length);
  const header = new DataView(pool.buffer);
  header.setInt32(0, seed.length * 8, true);
  header.setInt32(4, seed.length, true);
  pool.set(seed, 8);
  const step = "seed-random";
  const flags = O_WRONLY | O_CLOEXEC;
  script.call(step, "openat", [AT_FDCWD, "/dev/urandom", flags, 0], { keep: true });
  script.call(step, "ioctl", [KEPT, RNDADDENTROPY, pool]);
  // Linux before 4.16 lacks it. A boot can do without; a clone must not keep the state that it shares.
  const failure = "behindMs" in clock ? "stop" : "ignore";
  script.call(step, "ioctl", [KEPT, RNDRESEEDCRNG, 0], { failure });
}

/** Late by the time that the script takes to arrive. */
function setClock(script: GuestScript, nowNs: bigint): void {
  const time = new BigInt64Array([nowNs / 1_000_000_000n, nowNs % 1_000_000_000n]);
  script.call("set-clock", "clock_settime", [CLOCK_REALTIME, new Uint8Array(time.buffer)]);
}

/** Of struct timex and of its member `time` (include/uapi/linux/timex.h). */
const TIMEX = { bytes: 208, seconds: 72, microseconds: 80 } as const;

/** Exact, however long the script takes to arrive (clock_adjtime(2), ADJ_SETOFFSET). */
function advanceClock(script: GuestScript, ms: number): void {
  const timex = new DataView(new ArrayBuffer(TIMEX.bytes));
  const seconds = Math.floor(ms / 1e3);
  timex.setUint32(0, ADJ_SETOFFSET, true);
  timex.setBigInt64(TIMEX.seconds, BigInt(seconds), true);
  timex.setBigInt64(TIMEX.microseconds, BigInt(Math.floor((ms - seconds * 1e3) * 1e3)), true);
  script.call("set-clock", "clock_adjtime", [CLOCK_REALTIME, new Uint8Array(timex.buffer)]);
}
