import { dlopen, ptr } from "bun:ffi";
import { closeSync, readSync, writeSync } from "node:fs";

const libc = dlopen("libc.so.6", {
  pipe2: { args: ["ptr", "i32"], returns: "i32" },
  socketpair: { args: ["i32", "i32", "i32", "ptr"], returns: "i32" },
  clock_gettime: { args: ["i32", "ptr"], returns: "i32" },
  fcntl: { args: ["i32", "i32", "i32"], returns: "i32" },
}).symbols;

const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const O_RDWR = 2;
const F_SETFL = 4;
const F_SETPIPE_SZ = 1031;
const CLOCK_MONOTONIC = 1;
const AF_UNIX = 1;
const SOCK_STREAM = 1;

/** Far longer than anything takes, so that a broken program ends its test with a sentence. */
const DEADLINE = 20_000;

function check(what: string, result: number): void {
  if (result < 0) throw new Error(`${what} failed`);
}

/**
 * The test's end of a pipe or socket. It never blocks, because a thread that is stuck in read(2) cannot
 * be ended; the program under test has an end of its own, which does. O_NONBLOCK belongs to the open
 * file, not the descriptor: an End must not be handed on.
 */
export class End {
  readonly #fd: number;
  #open = true;

  constructor(fd: number) {
    check("fcntl", libc.fcntl(fd, F_SETFL, O_RDWR | O_NONBLOCK));
    this.#fd = fd;
  }

  /** Exactly `length` bytes. */
  async take(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    for (let come = 0; come < length; ) {
      const read = await retried("read", () =>
        readSync(this.#fd, bytes, come, length - come, null),
      );
      if (read === 0) throw new Error(`the end came after ${come} of ${length} bytes`);
      come += read;
    }
    return bytes;
  }

  /** The next bytes, as soon as there are some; empty when the other end is closed. */
  async some(): Promise<Uint8Array> {
    const chunk = new Uint8Array(1 << 16);
    return chunk.subarray(
      0,
      await retried("read", () => readSync(this.#fd, chunk, 0, chunk.length, null)),
    );
  }

  /** Everything until the other end is closed. */
  async rest(): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    for (;;) {
      const chunk = await this.some();
      if (chunk.length === 0) return new Uint8Array(Buffer.concat(chunks));
      chunks.push(chunk);
    }
  }

  /** Whether there is nothing to read, now or soon: for bytes that must not come. */
  async quiet(milliseconds = 50): Promise<boolean> {
    await Bun.sleep(milliseconds);
    try {
      readSync(this.#fd, new Uint8Array(1), 0, 1, null);
      return false;
    } catch (error) {
      if (wouldBlock(error)) return true;
      throw error;
    }
  }

  async put(bytes: Uint8Array): Promise<void> {
    for (let gone = 0; gone < bytes.length; )
      gone += await retried("write", () => writeSync(this.#fd, bytes, gone));
  }

  /** Writes until the other end takes no more, and returns how many bytes it took. */
  fill(): number {
    const chunk = new Uint8Array(4096);
    let filled = 0;
    try {
      for (;;) filled += writeSync(this.#fd, chunk);
    } catch (error) {
      if (!wouldBlock(error)) throw error;
    }
    return filled;
  }

  close(): void {
    if (this.#open) closeSync(this.#fd);
    this.#open = false;
  }
}

function wouldBlock(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EAGAIN";
}

async function retried(what: string, act: () => number): Promise<number> {
  const start = performance.now();
  for (;;) {
    try {
      return act();
    } catch (error) {
      if (!wouldBlock(error)) throw error;
    }
    if (performance.now() - start > DEADLINE) throw new Error(`${what} waited for ${DEADLINE} ms`);
    await Bun.sleep(1);
  }
}

export type Pipe = { readonly read: number; readonly write: number };

/** A pair of plain descriptors, both closed on execve unless they are handed on. */
export function pipe(size?: number): Pipe {
  const pair = new Int32Array(2);
  check("pipe2", libc.pipe2(ptr(pair), O_CLOEXEC));
  const [read = -1, write = -1] = pair;
  if (size !== undefined) check("fcntl", libc.fcntl(write, F_SETPIPE_SZ, size));
  return { read, write };
}

/** Takes O_NONBLOCK away from a descriptor that was opened with it. */
export function blocking(fd: number): void {
  check("fcntl", libc.fcntl(fd, F_SETFL, 0));
}

export type Inlet = { readonly ours: End; readonly theirs: number };

/** A pipe that the test writes and the program reads. */
export function pipeTo(size?: number): Inlet {
  const { read, write } = pipe(size);
  return { ours: new End(write), theirs: read };
}

/** A pipe that the program writes and the test reads. */
export function pipeFrom(size?: number): Inlet {
  const { read, write } = pipe(size);
  return { ours: new End(read), theirs: write };
}

/** A connected pair of stream sockets: stands for the port and the host's end of it. */
export function socketPair(): Inlet {
  const pair = new Int32Array(2);
  check("socketpair", libc.socketpair(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0, ptr(pair)));
  const [ours = -1, theirs = -1] = pair;
  return { ours: new End(ours), theirs };
}

/** Nanoseconds of CLOCK_MONOTONIC; Bun's own clocks begin with the process. */
export function monotonic(): bigint {
  const time = new BigInt64Array(2);
  check("clock_gettime", libc.clock_gettime(CLOCK_MONOTONIC, ptr(time)));
  const [seconds = 0n, nanoseconds = 0n] = time;
  return seconds * 1_000_000_000n + nanoseconds;
}
