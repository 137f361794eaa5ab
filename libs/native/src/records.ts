/**
 * What the processes of guest init tell relay-out, each a record of 16 bytes (less than PIPE_BUF,
 * so that pipe(7) keeps it whole): u32 kind, u32 a, u64 b. The kinds from `event` on go to the host as
 * they are.
 */
export const RECORD = {
  size: 16,
  /** Stream `a` may send `b` bytes more. */
  grant: 1,
  /** Of stream `a`, `b` bytes went to the command. */
  consumed: 2,
  /** The host wants no more of stream `a`. */
  closed: 3,
  /** The command reads no more of stream `a`. */
  feedEnded: 4,
  /** End the streams as soon as their pipes are empty. */
  drain: 5,
  /** The streams go on when the command has ended. */
  hold: 6,
  event: 16,
  /** The command ended with the wait(2) status `b`. */
  exited: 16,
  /** Call `a` of a script failed with the errno `b`. */
  failed: 17,
  /** The command is process `b`. */
  started: 18,
  /** What the command wrote to files is with the host. */
  synced: 19,
  /** Moment `a` of a script was at `b` nanoseconds of CLOCK_MONOTONIC. */
  mark: 20,
  /** The script of the run `a` ended with the wait(2) status `b`. */
  ran: 21,
  /** CLOCK_REALTIME was `b` nanoseconds. */
  clock: 22,
} as const;

/** What the host tells `serve`, with the fields of a record. */
export const ORDER = {
  size: 16,
  /** kill(2): signal `a` to the process `b`, or the process group by its minus. */
  signal: 1,
  /** Keep stdout and stderr open although the command ends. */
  hold: 2,
  /** Run the script that comes on the stream `hook`; `a` names the run. */
  run: 3,
  /** Write files back and end the streams. */
  finish: 4,
  /** Tell CLOCK_REALTIME. */
  clock: 5,
} as const;

export const FRAME = {
  header: 8,
  control: 1,
  data: 2,
  eof: 3,
  credit: 4,
  close: 5,
  event: 6,
  order: 7,
} as const;
export const STREAM = { stdin: 1, stdout: 2, stderr: 3, script: 5, hook: 6 } as const;

/**
 * Bytes of stdin that the host may send before any credit. It is half of the pipe that they wait in: a
 * write of any size below PIPE_BUF then finds room, however badly the bytes fill the pipe's pages.
 */
export const STDIN_WINDOW = 1 << 19;
