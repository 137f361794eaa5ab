import type { Digest } from "./digest.ts";
import { StoreError } from "./error.ts";

/** Bytes by their digest and number; `saidBy` names what gave them that size: "its manifest". */
export type Expected = {
  readonly digest: Digest;
  readonly size: number;
  readonly saidBy?: string;
};

/**
 * Passes bytes on while it hashes them. Fails at the end unless the bytes are those that `expected` names, or
 * as soon as they are too many. A result made from the bytes counts only once this has ended.
 * @param what  names them in errors: `layer 2 of image "alpine"`
 * @throws StoreError "digest"
 */
export async function* verified(
  chunks: AsyncIterable<Uint8Array>,
  expected: Expected,
  what: string,
): AsyncGenerator<Uint8Array> {
  const { digest, size, saidBy = "its manifest" } = expected;
  const hash = new Bun.CryptoHasher(digest.algorithm);
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > size) throw wrongSize(what, "more than", size, saidBy);
    hash.update(chunk);
    yield chunk;
  }
  if (length < size) throw wrongSize(what, `${length} bytes instead of`, size, saidBy);
  checkDigest(hash, digest, what);
}

/** @throws StoreError "digest" unless what was hashed has the digest */
export function checkDigest(hash: Bun.CryptoHasher, digest: Digest, what: string): void {
  const hex = hash.digest("hex");
  if (hex === digest.hex) return;
  throw new StoreError(
    "digest",
    `${what} has the digest ${digest.algorithm}:${hex} instead of ${digest.text}`,
  );
}

function wrongSize(what: string, how: string, size: number, saidBy: string): StoreError {
  return new StoreError("digest", `${what} has ${how} the ${size} bytes that ${saidBy} gives it`);
}
