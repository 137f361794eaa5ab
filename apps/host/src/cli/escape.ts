const TILDE = 0x7e;
const DOT = 0x2e;
const LINE_ENDS = [0x0a, 0x0d];

/**
 * Finds `~.` at the beginning of a line in what is typed, as ssh(1) does: it ends a machine that does not answer.
 * `~~` is one `~`; what else follows a `~` is passed on with it.
 */
export class Escape {
  readonly #found: () => void;
  #state: "line begins" | "tilde" | "in a line" = "line begins";

  constructor(found: () => void) {
    this.#found = found;
  }

  /** The part of these bytes that is for the command. */
  pass(bytes: Uint8Array): Uint8Array {
    if (this.#state === "in a line" && !bytes.includes(TILDE)) {
      this.#follow(bytes.at(-1));
      return bytes;
    }
    const passed: number[] = [];
    for (const byte of bytes) {
      if (this.#state === "line begins" && byte === TILDE) {
        this.#state = "tilde";
        continue;
      }
      if (this.#state === "tilde") {
        if (byte === DOT) {
          this.#found();
          return Uint8Array.from(passed);
        }
        if (byte !== TILDE) passed.push(TILDE);
      }
      passed.push(byte);
      this.#follow(byte);
    }
    return Uint8Array.from(passed);
  }

  #follow(byte: number | undefined): void {
    if (byte !== undefined) this.#state = LINE_ENDS.includes(byte) ? "line begins" : "in a line";
  }
}
