import { z } from "zod";
import { mark, requestId, signalNumber } from "./schema.ts";
import { PROTOCOL_VERSION } from "./version.ts";

/**
 * What guest init says to the host, by `kind`. A new message is a new entry here (and a raised
 * PROTOCOL_VERSION once a version has been released).
 */
export const guestMessages = {
  /**
   * Always the first frame: what this guest is. A template is saved behind it, so it holds nothing that
   * must differ between clones (the kernel makes its boot id when that is first read).
   */
  hello: z.strictObject({
    kind: z.literal("hello"),
    version: z.literal(PROTOCOL_VERSION),
    /** uname -r and uname -m. */
    release: z.string().min(1),
    arch: z.string().min(1),
    /** Version of guest init. */
    guestInit: z.string().min(1),
    marks: z.array(mark),
  }),

  /** The script of the `run` with this id is over. */
  ran: z.union(
    [
      z.strictObject({ kind: z.literal("ran"), id: requestId, status: z.int().min(0).max(255) }),
      z.strictObject({ kind: z.literal("ran"), id: requestId, signal: signalNumber }),
    ],
    { error: "must have an id, and either a status of 0 to 255 or a signal of 1 to 64" },
  ),

  /** The guest's clock (CLOCK_REALTIME) when it was asked for, in milliseconds. */
  clock: z.strictObject({ kind: z.literal("clock"), ms: z.number().nonnegative() }),

  /** A named step of guest init failed, so the command will not run or not be cleaned up after. */
  failed: z.strictObject({
    kind: z.literal("failed"),
    step: z.string().min(1),
    /** Name of the system call's error, as in errno(3): "ENOENT". */
    errno: z
      .string()
      .regex(/^E[A-Z0-9]+$/, "must be the name of an errno")
      .optional(),
    message: z.string().min(1),
  }),

  /** Something for the user: warnings always, the rest with --verbose. */
  note: z.strictObject({
    kind: z.literal("note"),
    level: z.enum(["info", "warn"]),
    text: z.string().min(1),
  }),

  /** The last message: the machine powers off after it. */
  bye: z.strictObject({ kind: z.literal("bye") }),
} as const;

export type GuestMessage = z.infer<(typeof guestMessages)[keyof typeof guestMessages]>;
export type Hello = z.infer<typeof guestMessages.hello>;
export type Ran = z.infer<typeof guestMessages.ran>;
export type Failed = z.infer<typeof guestMessages.failed>;
