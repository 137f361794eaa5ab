/** Why a transfer failed; closed, so that a caller can decide by code. */
export type HttpErrorCode =
  | "network" // the host cannot be reached
  | "answer" // the host answered with something it must not answer
  | "limit" // an answer is longer than it may be
  | "length" // an answer is not as long as it was said to be
  | "aborted"; // the caller's signal

/** The one error of this library. Its message is one sentence with the offending value in it. */
export class HttpError extends Error {
  override readonly name = "HttpError";
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Throws the one error of an aborted transfer. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new HttpError("aborted", "the transfer was interrupted");
}
