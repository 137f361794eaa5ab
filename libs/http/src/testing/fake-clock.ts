import type { Clock } from "../clock.ts";

/** A clock on which waiting takes no time; `slept` lists the waits shorter than a minute. */
export function fakeClock(): Clock & { readonly slept: number[] } {
  const slept: number[] = [];
  let now = Date.UTC(2026, 0, 1);
  return {
    slept,
    now: () => now,
    random: () => 0.5,
    sleep: async (ms, signal) => {
      // Timeouts of a minute are guards, which must not fire on this clock.
      if (ms >= 60_000 && signal) return new Promise(() => {});
      if (signal?.aborted) throw new Error("aborted");
      slept.push(ms);
      now += ms;
    },
  };
}
