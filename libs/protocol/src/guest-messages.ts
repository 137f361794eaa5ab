import { z } from "zod";
import { count, mark, signalNumber } from "./schema.ts";
import { PROTOCOL_VERSION } from "./version.ts";

/**
 * What guest init says to the host, by `kind`. A new message is a new entry here (and a raised
 * PROTOCOL_VERSION once a version has been released).
 */
export const guestMessages = {
  /** Always the first frame: what this guest is. */
  hello: z.strictObject({
    kind: z.literal("hello"),
    version: z.literal(PROTOCOL_VERSION),
    /** uname -r and uname -m. */
    release: z.string().min(1),
    arch: z.string().min(1),
    /** /proc/sys/kernel/random/boot_id. */
    bootId: z
      .string()
      .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, "must be a boot id (a UUID)"),
    /** Version of guest init. */
    guestInit: z.string().min(1),
    /** Bytes; MemAvailable of /proc/meminfo. */
    memAvailable: count,
    marks: z.array(mark),
  }),

  /** The command runs; it leads the process group that signals go to. */
  started: z.strictObject({ kind: z.literal("started"), pid: z.int().positive() }),

  /** The command is over, which says nothing about its streams: each of those ends with an eof. */
  exited: z.union(
    [
      z.strictObject({ kind: z.literal("exited"), status: z.int().min(0).max(255) }),
      z.strictObject({ kind: z.literal("exited"), signal: signalNumber }),
    ],
    { error: "must have either a status of 0 to 255 or a signal of 1 to 64" },
  ),

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

  /** Moments since the last marks. */
  marks: z.strictObject({ kind: z.literal("marks"), marks: z.array(mark) }),

  /** The last frame: the machine powers off after it. */
  bye: z.strictObject({ kind: z.literal("bye") }),
} as const;

export type GuestMessage = z.infer<(typeof guestMessages)[keyof typeof guestMessages]>;
export type Hello = z.infer<typeof guestMessages.hello>;
export type Exited = z.infer<typeof guestMessages.exited>;
export type Failed = z.infer<typeof guestMessages.failed>;
