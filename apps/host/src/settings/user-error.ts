/** Every kind of mistake in what the user wrote. */
export type UserErrorCode =
  | "unknown-option"
  | "missing-value"
  | "bad-value"
  | "conflict"
  | "no-command"
  | "unknown-command"
  | "missing-argument"
  | "unexpected-argument"
  | "go-command"
  | "file-unreadable"
  | "file-syntax"
  | "file-key"
  | "share"
  | "user";

/**
 * A mistake in the command line, the environment or .vimto.toml. The message is one sentence
 * that names the offending value and the way out; the caller decides the exit status.
 */
export class UserError extends Error {
  readonly code: UserErrorCode;

  constructor(code: UserErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "UserError";
    this.code = code;
  }
}

/** A value as a sentence shows it: in double quotes, control characters escaped, on one line. */
export const quoted = (text: string): string => JSON.stringify(text);

/** A path as a sentence shows it: bare, or quoted when blanks or control characters would mislead. */
export const shownPath = (path: string): string =>
  /^[^\s"'\p{C}]+$/u.test(path) ? path : quoted(path);
