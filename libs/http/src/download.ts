import { discard } from "./bounded.ts";
import type { Clock } from "./clock.ts";
import { HttpError, throwIfAborted } from "./error.ts";
import { ATTEMPTS, backoffMs, isRetriedError } from "./retry.ts";
import { networkError } from "./transport.ts";

/** A file to fetch: its name in errors ("blob sha256:..."), its size, and the source of that size. */
export type Wanted = {
  readonly what: string;
  readonly size: number;
  /** "its manifest" */
  readonly saidBy: string;
};

/**
 * How a download asks for the bytes from `offset` on: the answer is 200 and begins with the first byte,
 * or 206. Its errors are final, for `Transport.send` has made its tries already.
 */
export type Open = (offset: number, signal?: AbortSignal) => Promise<Response>;

export type DownloadOptions = {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((message: string) => void) | undefined;
  /** A connection that brings nothing for this long counts as broken. */
  readonly stallMs?: number;
};

const STALL_MS = 60_000;
/** After this many bytes without a break, a broken connection has all its tries again. */
const PROGRESS_BYTES = 1024 * 1024;

/**
 * The bytes of one file, in order, across broken connections: the next one starts with Range where the
 * last one ended (RFC 9110, section 14.2). Ends with exactly `size` bytes or with an error, and stops
 * reading at the first byte too many. The digest is the reader's to check.
 * @throws HttpError "network", "length", and what `open` throws
 */
export async function* download(
  wanted: Wanted,
  open: Open,
  options: DownloadOptions,
): AsyncGenerator<Uint8Array> {
  const { clock, signal, onRetry } = options;
  let received = 0;
  let startedAt = 0;
  for (let attempt = 1; ; attempt++) {
    const connection = new Connection(options);
    const response = await open(received, connection.signal);
    try {
      for await (const chunk of skip(response, wanted, received, connection)) {
        received += chunk.length;
        if (received > wanted.size) throw wrongLength(wanted, "more");
        yield chunk;
      }
      if (received === wanted.size) return;
      throw Object.assign(new Error("the answer ended early"), { code: "ECONNRESET" });
    } catch (error) {
      throwIfAborted(signal);
      if (error instanceof HttpError) throw error;
      if (received - startedAt >= PROGRESS_BYTES) attempt = 1;
      startedAt = received;
      const url = new URL(`https://${connection.host}`);
      const failure = networkError(url, connection.stalled ?? error);
      if (!(connection.stalled || isRetriedError(error)) || attempt >= ATTEMPTS) throw failure;
      const wait = backoffMs(attempt, clock);
      onRetry?.(`${failure.message} after ${received} of ${wanted.size} bytes; trying again`);
      await clock.sleep(wait, signal);
    } finally {
      connection.close();
    }
  }
}

/** The body from `offset` on, whether the server honoured the range or started again at 0. */
async function* skip(
  response: Response,
  wanted: Wanted,
  offset: number,
  connection: Connection,
): AsyncGenerator<Uint8Array> {
  connection.host = hostOf(response);
  const start = response.status === 206 ? rangeStart(response) : 0;
  const length = Number(response.headers.get("content-length") ?? wanted.size - start);
  if (!(start <= offset) || start + length !== wanted.size) {
    await discard(response);
    if (!(start <= offset)) throw wrongLength(wanted, "other");
    throw wrongLength(wanted, start + length > wanted.size ? "more" : "less");
  }
  let drop = offset - start;
  for await (const chunk of connection.watch(response)) {
    if (drop < chunk.length) yield drop === 0 ? chunk : chunk.subarray(drop);
    drop = Math.max(0, drop - chunk.length);
  }
}

function rangeStart(response: Response): number {
  const match = /^bytes ([0-9]+)-/.exec(response.headers.get("content-range") ?? "");
  return match ? Number(match[1]) : Number.NaN;
}

const WRONG = {
  more: "is longer than the",
  less: "is shorter than the",
  other: "was sent from another place of the",
} as const;

function wrongLength(wanted: Wanted, how: keyof typeof WRONG): HttpError {
  return new HttpError(
    "length",
    `${wanted.what} ${WRONG[how]} ${wanted.size} bytes that ${wanted.saidBy} gives it`,
  );
}

function hostOf(response: Response): string {
  return URL.canParse(response.url) ? new URL(response.url).host : "server";
}

/** Ends an answer that stalls; a reader that is slow itself is not a stall. */
class Connection {
  host = "server";
  stalled: Error | undefined;
  readonly #stop = new AbortController();
  readonly #done = new AbortController();
  readonly #options: DownloadOptions;
  readonly signal: AbortSignal;
  #reading = false;
  #chunks = 0;

  constructor(options: DownloadOptions) {
    this.#options = options;
    const { signal } = options;
    this.signal = signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal;
  }

  async *watch(response: Response): AsyncGenerator<Uint8Array> {
    void this.#guard().catch(() => {});
    const reader = response.body?.getReader();
    try {
      for (;;) {
        this.#reading = true;
        const next = await reader?.read();
        this.#reading = false;
        this.#chunks++;
        if (!next || next.done) return;
        yield next.value;
      }
    } finally {
      await reader?.cancel().catch(() => {});
    }
  }

  close(): void {
    this.#done.abort();
  }

  async #guard(): Promise<void> {
    const { clock, stallMs = STALL_MS } = this.#options;
    for (;;) {
      const before = this.#chunks;
      await clock.sleep(stallMs, this.#done.signal);
      if (!this.#reading || this.#chunks !== before) continue;
      this.stalled = Object.assign(new Error("stalled"), { code: "ETIMEDOUT" });
      this.#stop.abort(this.stalled);
      return;
    }
  }
}
