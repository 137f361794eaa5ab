/** Why an archive cannot be unpacked; closed, so that a caller can decide by code. */
export type ArchiveErrorCode =
  | "archive" // its bytes are not what the format says, or an entry leads out of its directory
  | "limit" // it is larger than the limits allow
  | "disk"; // what is in it cannot be written

/** The one error of archive readers. Its message is one sentence with the offending value in it. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
  readonly code: ArchiveErrorCode;

  constructor(code: ArchiveErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
