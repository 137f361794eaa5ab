import { QemuError } from "../error.ts";

/** The longest answer to a command that vimto uses is a few hundred bytes. */
export const lineLimit = 1024 * 1024;

/** Cuts a byte stream into lines; holds at most `limit` bytes. */
export class LineSplitter {
  #held: Uint8Array[] = [];
  #length = 0;
  readonly #limit: number;

  constructor(limit: number = lineLimit) {
    this.#limit = limit;
  }

  /** The lines that `bytes` completes, without their line feeds. Throws QemuError "qmp-protocol". */
  push(bytes: Uint8Array): readonly string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      this.#hold(bytes.subarray(start, end));
      lines.push(Buffer.concat(this.#held).toString("utf8"));
      this.#held = [];
      this.#length = 0;
      start = end + 1;
    }
    this.#hold(bytes.subarray(start));
    return lines;
  }

  #hold(part: Uint8Array): void {
    this.#length += part.length;
    if (this.#length > this.#limit) {
      throw new QemuError(
        "qmp-protocol",
        `QEMU sent a control message longer than ${this.#limit} bytes; is it really QEMU?`,
      );
    }
    // A copy, as the transport may use its buffer again.
    if (part.length > 0) this.#held.push(Uint8Array.from(part));
  }
}
