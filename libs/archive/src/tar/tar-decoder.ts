import { shown } from "../byte-string.ts";
import { ArchiveError } from "../error.ts";
import { readArchive, type TarSink, type Want } from "./tar-archive.ts";

/**
 * Reads a tar archive that comes in chunks of any size: ustar, star, pax, GNU long names and all of
 * GNU's sparse formats. Does no I/O, and allocates nothing that a header asks for before it is checked
 * against `headerBytes`.
 *
 * Ours, because the well-kept tar-stream of npm knows no sparse files, takes fields that are no numbers
 * for 0, and allocates whatever size the header of a long name claims.
 */
export class TarDecoder {
  readonly #archive: Generator<Want, void, Uint8Array>;
  #want: Want | undefined;
  #held = new Uint8Array(0);
  #filled = 0;

  constructor(sink: TarSink, headerBytes: number) {
    this.#archive = readArchive(sink, headerBytes);
    this.#next(this.#archive.next());
  }

  /**
   * Takes the next bytes; what follows the end of the archive is ignored, as tar ignores it.
   * @throws ArchiveError "archive" or "limit", and what the sink throws
   */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (this.#want !== undefined && at < chunk.length) {
      const missing = this.#want.bytes - this.#filled;
      const piece = chunk.subarray(at, at + missing);
      at += piece.length;
      if (!this.#want.whole || (this.#filled === 0 && piece.length === missing)) {
        this.#next(this.#archive.next(piece));
        continue;
      }
      this.#held.set(piece, this.#filled);
      this.#filled += piece.length;
      if (this.#filled === this.#want.bytes) this.#next(this.#archive.next(this.#held));
    }
  }

  /** An archive may lack its closing blocks of zeros, but not end inside an entry. */
  end(): void {
    if (this.#want === undefined || (this.#want.mayEnd && this.#filled === 0)) return;
    const name = this.#want.inside === undefined ? "a header" : `"${shown(this.#want.inside)}"`;
    throw new ArchiveError("archive", `the tar archive ends inside ${name}`);
  }

  #next(result: IteratorResult<Want, void>): void {
    this.#want = result.done ? undefined : result.value;
    this.#filled = 0;
    this.#held = new Uint8Array(this.#want?.whole ? this.#want.bytes : 0);
  }
}
