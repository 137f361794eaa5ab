import { z } from "zod";
import { requestId, signalNumber } from "./schema.ts";

const terminalSize = z.int().min(1).max(0xffff);

/** The first argument of kill(2), without its two values that mean processes of guest init. */
const target = z
  .int()
  .min(-0x7fff_ffff)
  .max(0x7fff_ffff)
  .refine((pid) => pid !== 0 && pid !== -1, "must name a process, or a process group by its minus");

/**
 * What the host says to guest init, by `kind`. A new message is a new entry here (and a raised
 * PROTOCOL_VERSION once a version has been released). The user's command is not among them: it is a
 * script of system calls, which goes to the launcher by data frames of the stream `script`.
 */
export const hostMessages = {
  /**
   * Run a script of system calls beside the command's: setup and teardown. It starts with /dev/null for
   * stdin; `ran` answers it.
   */
  run: z.strictObject({
    kind: z.literal("run"),
    id: requestId,
    /** What `Script.build` of libs/native returned, base64. */
    script: z.base64().min(1),
  }),

  /** kill(2): a negative `pid` is a process group. */
  signal: z.strictObject({ kind: z.literal("signal"), pid: target, signal: signalNumber }),

  /** Keep stdout and stderr open although the command ends, because teardown writes to them. */
  hold: z.strictObject({ kind: z.literal("hold") }),

  /** Finish: write files back, end the streams when they are empty, say bye. */
  finish: z.strictObject({ kind: z.literal("finish") }),

  /** What time is it in the guest? `clock` answers. */
  clock: z.strictObject({ kind: z.literal("clock") }),

  /** The user's terminal has this size now. */
  resize: z.strictObject({ kind: z.literal("resize"), rows: terminalSize, cols: terminalSize }),
} as const;

export type HostMessage = z.infer<(typeof hostMessages)[keyof typeof hostMessages]>;
export type Run = z.infer<typeof hostMessages.run>;
