import { ArchiveError } from "@vimto/archive";
import { CodecError } from "@vimto/codec";
import { HttpError } from "@vimto/http";
import { StoreError } from "@vimto/store";

/** Why a pull failed; closed, so that a caller can decide by code and print the message as it is. */
export type OciErrorCode =
  | "reference" // the image's name cannot be read
  | "platform" // the image exists, but not for this platform
  | "not-found" // the registry, layout or cache has no such image
  | "unauthorized" // credentials are missing, wrong or not enough
  | "credentials" // a credential file or helper cannot be used
  | "network" // the registry cannot be reached
  | "registry" // the registry answered with something it must not answer
  | "digest" // bytes are not those that were asked for
  | "manifest" // a manifest, index or config cannot be read
  | "layer" // a layer cannot be unpacked
  | "limit" // the image is larger than the limits allow
  | "store" // the cache directory cannot be used
  | "aborted"; // the caller's signal

/** The one error of this library. Its message is one sentence with the offending value in it. */
export class OciError extends Error {
  readonly code: OciErrorCode;

  constructor(code: OciErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "OciError";
    this.code = code;
  }
}

const HTTP_CODES = { answer: "registry", length: "digest" } as const;
const ARCHIVE_CODES = { archive: "layer", limit: "limit", disk: "store" } as const;

/** Turns an error of the libraries below into an OciError; returns other errors unchanged. */
export function asOciError(error: unknown): unknown {
  const as = (code: OciErrorCode, { message }: Error) =>
    new OciError(code, message, { cause: error });
  if (error instanceof CodecError) return as("layer", error);
  if (error instanceof ArchiveError) return as(ARCHIVE_CODES[error.code], error);
  if (!(error instanceof HttpError || error instanceof StoreError)) return error;
  const { code } = error;
  if (code === "aborted") return new OciError(code, "the pull was interrupted", { cause: error });
  return as(code === "answer" || code === "length" ? HTTP_CODES[code] : code, error);
}

/** Text from a registry or an archive, made fit for one line of a terminal. */
export function printable(text: string, most = 200): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return clean.length > most ? `${clean.slice(0, most)}...` : clean;
}

/** Throws the one error of an aborted operation. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new OciError("aborted", "the pull was interrupted");
}
