import { z } from "zod";
import { digits, id, path, signalNumber, text } from "./schema.ts";

/** One mount(2), done in the order of the list. */
const mountStep = z.strictObject({
  /** For sentences and marks: "root", "share /home/me/project". */
  name: path,
  source: text,
  target: path,
  fstype: text,
  /** MS_* of mount(2). */
  flags: z.int().min(0).max(0xffff_ffff),
  data: text,
  /** True: when it fails the run goes on, because the kernel may not have this file system. */
  optional: z.boolean(),
  /** True: make the target first, with its parents. */
  mkdir: z.boolean().optional(),
});

/** A command of setup or teardown: what to execute, and how the user wrote it. */
const step = z.strictObject({ argv: z.array(text).min(1), text: path });

const rlimit = z.strictObject({
  /** RLIMIT_* of setrlimit(2). */
  resource: z.int().min(0).max(15),
  /** null is RLIM_INFINITY. */
  soft: digits.nullable(),
  hard: digits.nullable(),
});

const end = z.enum(["pipe", "tty"]);

const terminalSize = z.int().min(1).max(0xffff);

/**
 * What the host says to guest init, by `kind`. A new message is a new entry here (and a raised
 * PROTOCOL_VERSION once a version has been released).
 */
export const hostMessages = {
  /** Prepare the machine and run one command: everything that is particular to this run. */
  exec: z.strictObject({
    kind: z.literal("exec"),
    /** argv[0] first; arguments may be empty strings. */
    argv: z.array(text).min(1),
    /** Paths for execve, tried in order until one is there. */
    candidates: z.array(path).min(1),
    /** Names and values, in order. */
    env: z.array(z.tuple([path.regex(/^[^=]*$/, "must not contain an equals sign"), text])),
    cwd: path,
    uid: id,
    gid: id,
    groups: z.array(id),
    umask: z.int().min(0).max(0o777),
    /** True: one pipe for both, so that their order is kept; all of it comes on stdout. */
    mergeStderr: z.boolean(),
    mounts: z.array(mountStep),
    hostname: path.optional(),
    /** The host's CLOCK_REALTIME in nanoseconds. */
    clockNs: digits,
    /** Fresh random bytes for the guest kernel's generator, base64. */
    seed: z.base64().min(1),
    rlimits: z.array(rlimit),
    /** Path below /proc/sys, such as "kernel/core_pattern", and what to write there. */
    sysctls: z.record(path, text),
    /** Commands in front of and behind the command, each as root. */
    setup: z.array(step),
    teardown: z.array(step),
    /** Where core dumps go: a directory of the guest and a pattern as in core(5). */
    core: z.strictObject({ dir: path, pattern: path }).optional(),
    /** What the command gets for its first three descriptors. */
    streams: z.strictObject({ stdin: end, stdout: end, stderr: end }),
  }),

  /** For the command's process group. */
  signal: z.strictObject({ kind: z.literal("signal"), signal: signalNumber }),

  /** The user's terminal has this size now. */
  resize: z.strictObject({ kind: z.literal("resize"), rows: terminalSize, cols: terminalSize }),

  /** Finish: end what runs, say bye, power off. */
  end: z.strictObject({ kind: z.literal("end") }),
} as const;

export type HostMessage = z.infer<(typeof hostMessages)[keyof typeof hostMessages]>;
export type Exec = z.infer<typeof hostMessages.exec>;
export type MountStep = z.infer<typeof mountStep>;
export type Step = z.infer<typeof step>;
export type Rlimit = z.infer<typeof rlimit>;
