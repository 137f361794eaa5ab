/**
 * Why an archive cannot be written.
 *
 * - `path`, `mode`, `target`, `device`, `size`: an entry that newc cannot hold or the kernel drops
 * - `duplicate`, `parent`: entries that contradict each other
 * - `unreadable`, `changed`: a host file that cannot be read, or has another length than the entry says
 */
export type CpioErrorCode =
  | "path"
  | "mode"
  | "target"
  | "device"
  | "size"
  | "duplicate"
  | "parent"
  | "unreadable"
  | "changed";

/** `message` is one sentence that carries the offending value. */
export class CpioError extends Error {
  override readonly name = "CpioError";
  readonly code: CpioErrorCode;

  constructor(code: CpioErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Text for a sentence: quoted, escaped, at most 60 characters of it. */
export const quoted = (text: string): string =>
  JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}...` : text);
