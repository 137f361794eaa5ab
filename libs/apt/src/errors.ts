import { ArchiveError } from "@vimto/archive";
import { CodecError } from "@vimto/codec";
import { HttpError } from "@vimto/http";
import { StoreError } from "@vimto/store";

/** Why a kernel of an archive cannot be fetched; closed, so that a caller can decide by code. */
export type AptErrorCode =
  | "name" // the kernel's name cannot be read
  | "not-found" // the archive or the cache has no such kernel
  | "network" // the archive cannot be reached
  | "mirror" // the mirror does not hold what it says that it holds
  | "expired" // the index is older than it may be
  | "signature" // the index is not signed by a key of the distribution
  | "digest" // bytes are not those that were asked for
  | "package" // a package cannot be unpacked
  | "limit" // something is larger than the limits allow
  | "store" // the cache directory cannot be used
  | "aborted"; // the caller's signal

/** The one error of this library. Its message is one sentence with the offending value in it. */
export class AptError extends Error {
  override readonly name = "AptError";
  readonly code: AptErrorCode;

  constructor(code: AptErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const HTTP_CODES = { answer: "mirror", length: "digest" } as const;
const ARCHIVE_CODES = { archive: "package", limit: "limit", disk: "store" } as const;

/** Turns an error of the libraries below into an AptError; returns other errors unchanged. */
export function asAptError(error: unknown): unknown {
  const as = (code: AptErrorCode, { message }: Error) =>
    new AptError(code, message, { cause: error });
  if (error instanceof CodecError) return as("package", error);
  if (error instanceof ArchiveError) return as(ARCHIVE_CODES[error.code], error);
  if (!(error instanceof HttpError || error instanceof StoreError)) return error;
  const { code } = error;
  if (code === "aborted") return new AptError(code, "the fetch was interrupted", { cause: error });
  return as(code === "answer" || code === "length" ? HTTP_CODES[code] : code, error);
}
