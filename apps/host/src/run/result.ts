import type { Exit } from "../session/session.ts";

/** How a run ended. */
export type RunResult = {
  /**
   * - passed: the command ran and its status is 0
   * - failed: the command ran and ended otherwise, or could not be executed in a guest that works
   * - could-not-run: there is no guest, or something of vimto's own failed; `reason` says what
   */
  readonly outcome: "passed" | "failed" | "could-not-run";
  /** What a shell would have for it: the command's own, 126 or 127, 128+N for signal N, 125. */
  readonly status: number;
  /** How the command ended, if it ran to its end. */
  readonly exit: Exit | undefined;
  /** Why the run failed, in one sentence: an Error of a class whose messages are for the user. */
  readonly reason: unknown;
  /** The release of the kernel, once that is known. */
  readonly release: string | undefined;
  /** Milliseconds from the start of the run to each moment that was reached. */
  readonly moments: ReadonlyMap<string, number>;
  /** The first line that the command wrote to each stream, at most 256 bytes of it. */
  readonly firstWords: { readonly stdout: string; readonly stderr: string };
};
