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

/** The `code` of a system or fetch error ("ENOENT", "ECONNRESET"), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
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

/**
 * The error for a file of the cache that cannot be written. Other errors than the system's pass as they
 * are.
 */
export function storeError(path: string, error: unknown): unknown {
  const code = errorCode(error);
  if (error instanceof OciError || code === undefined) return error;
  const problem =
    code === "ENOSPC" || code === "EDQUOT"
      ? `there is no space left for "${path}"`
      : `"${path}" cannot be written to (${code})`;
  return new OciError("store", problem, { cause: error });
}
