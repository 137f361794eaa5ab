import { ArchiveError } from "@vimto/archive";
import { CodecError } from "@vimto/codec";
import { StoreError } from "@vimto/store";

/** Why a package file cannot be used; closed, so that a caller can decide by code. */
export type PackageErrorCode =
  | "file" // it cannot be read
  | "package" // its bytes are not what its format says, or there is no kernel in it
  | "limit" // it is larger than the limits allow
  | "store" // the cache directory cannot be used
  | "aborted"; // the caller's signal

/** The one error of this library. Its message is one sentence with the offending value in it. */
export class PackageError extends Error {
  override readonly name = "PackageError";
  readonly code: PackageErrorCode;

  constructor(code: PackageErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const ARCHIVE_CODES = { archive: "package", limit: "limit", disk: "store" } as const;

/** Of a file that is cut or changed; others are whole and cannot be used. */
const DAMAGE = /ends inside|damaged|does not match its digest|cannot be decompressed/;

/**
 * Turns an error of the libraries below into a PackageError; returns other errors unchanged. `what` names the
 * package: `package "k.rpm"`.
 */
export function asPackageError(error: unknown, what: string): unknown {
  const cause = { cause: error };
  if (error instanceof StoreError && error.code === "aborted")
    return new PackageError("aborted", "unpacking was interrupted", cause);
  if (error instanceof StoreError) return new PackageError("store", error.message, cause);
  const isOfContent = error instanceof CodecError || error instanceof ArchiveError;
  if (!isOfContent) return error;
  const code = error instanceof ArchiveError ? ARCHIVE_CODES[error.code] : "package";
  if (code === "store") return new PackageError(code, error.message, cause);
  const reason = error.message.startsWith(what)
    ? error.message
    : `${what} cannot be unpacked: ${error.message}`;
  const again = code === "package" && DAMAGE.test(reason) ? "; download it again" : "";
  return new PackageError(code, `${reason}${again}`, cause);
}
