import { HttpError } from "./error.ts";

/** Time as the library sees it, so that tests of retries need not wait. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  /** Ends after `ms` milliseconds, or with the error of an aborted transfer. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** From 0 up to, not including, 1. */
  random(): number;
};

export const systemClock: Clock = {
  now: Date.now,
  random: Math.random,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        reject(new HttpError("aborted", "the transfer was interrupted"));
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", stop);
        resolve();
      }, ms);
      if (signal?.aborted) stop();
      else signal?.addEventListener("abort", stop, { once: true });
    }),
};
