import { type ByteString, shown } from "./byte-string.ts";
import { ArchiveError } from "./error.ts";

/** What a reader needs next: `bytes` bytes, all at once or as they come. */
export type Want = {
  readonly bytes: number;
  readonly whole: boolean;
  /** True where the archive may stop. */
  readonly mayEnd?: boolean;
  readonly inside?: ByteString;
};

/** A reader of one format: it asks for its bytes one want at a time, and ends where the archive ends. */
export type Reader<T> = Generator<Want, T, Uint8Array>;

/** Feeds a reader from chunks of any size. Does no I/O, and allocates what the reader has checked. */
export class PushReader {
  readonly #reader: Reader<void>;
  readonly #format: string;
  #want: Want | undefined;
  #held = new Uint8Array(0);
  #filled = 0;

  /** @param format  names it in errors: "tar" */
  constructor(reader: Reader<void>, format: string) {
    this.#reader = reader;
    this.#format = format;
    this.#next(reader.next());
  }

  /**
   * Takes the next bytes; what follows the end of the archive is ignored, as tar and cpio ignore it.
   * @throws ArchiveError "archive" or "limit", and what the sink throws
   */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (this.#want !== undefined && at < chunk.length) {
      const missing = this.#want.bytes - this.#filled;
      const piece = chunk.subarray(at, at + missing);
      at += piece.length;
      if (!this.#want.whole || (this.#filled === 0 && piece.length === missing)) {
        this.#next(this.#reader.next(piece));
        continue;
      }
      this.#held.set(piece, this.#filled);
      this.#filled += piece.length;
      if (this.#filled === this.#want.bytes) this.#next(this.#reader.next(this.#held));
    }
  }

  /** To be called at the end of the bytes: an archive does not end inside an entry. */
  end(): void {
    if (this.#want === undefined || (this.#want.mayEnd && this.#filled === 0)) return;
    const name = this.#want.inside === undefined ? "a header" : `"${shown(this.#want.inside)}"`;
    throw new ArchiveError("archive", `the ${this.#format} archive ends inside ${name}`);
  }

  #next(result: IteratorResult<Want, void>): void {
    this.#want = result.done ? undefined : result.value;
    this.#filled = 0;
    this.#held = new Uint8Array(this.#want?.whole ? this.#want.bytes : 0);
  }
}
