import { type Digest, parseDigest as parse, StoreError } from "@vimto/store";
import { OciError } from "../errors.ts";

/**
 * Reads a digest (OCI image specification, descriptor, "Digests").
 * @param what  names its owner in the error: `image "a@sha256:1"`, `layer 2`
 * @throws OciError with `code`
 */
export function parseDigest(
  text: string,
  what: string,
  code: "reference" | "manifest" | "registry" = "reference",
): Digest {
  try {
    return parse(text, what);
  } catch (error) {
    throw error instanceof StoreError ? new OciError(code, error.message) : error;
  }
}
