/** The one error of this library: packed data that cannot be right. Its message is one sentence. */
export class CodecError extends Error {
  override readonly name = "CodecError";
}

/** `what` completes "its xz data ...". */
export const corrupt = (format: string, what: string): CodecError =>
  new CodecError(`its ${format} data ${what}`);
