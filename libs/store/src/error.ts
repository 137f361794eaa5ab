import { errorCode, writeProblem } from "@vimto/linux";

/** Why the store cannot be used; closed, so that a caller can decide by code. */
export type StoreErrorCode =
  | "store" // its directory cannot be read or written
  | "digest" // bytes, or the text of a digest, are not what they should be
  | "aborted"; // the caller's signal

/** The one error of this library. Its message is one sentence with the offending value in it. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The error for a file of the store that cannot be written. Returns errors that are not the system's unchanged. */
export function storeError(path: string, error: unknown): unknown {
  const code = errorCode(error);
  // Errors of the libraries have a code too, in lower case.
  if (code === undefined || !/^[A-Z]/.test(code)) return error;
  return new StoreError("store", writeProblem(path, code), { cause: error });
}
