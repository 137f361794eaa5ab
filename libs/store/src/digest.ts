import { StoreError } from "./error.ts";

/** A checked digest, "sha256:" and 64 hexadecimal digits or "sha512:" and 128. */
export type Digest = {
  readonly text: string;
  readonly algorithm: "sha256" | "sha512";
  readonly hex: string;
};

const HEX_LENGTH = { sha256: 64, sha512: 128 } as const;

/**
 * Reads a digest (OCI image specification, descriptor, "Digests").
 * @param what  names its owner in the error: `image "a@sha256:1"`, `layer 2`
 * @throws StoreError "digest"
 */
export function parseDigest(text: string, what: string): Digest {
  const at = text.indexOf(":");
  const algorithm = text.slice(0, at);
  const hex = text.slice(at + 1);
  if (at < 0 || (algorithm !== "sha256" && algorithm !== "sha512")) {
    throw new StoreError(
      "digest",
      `${what} has the digest "${text.slice(0, 160)}", which is neither sha256:... nor sha512:...`,
    );
  }
  const length = HEX_LENGTH[algorithm];
  if (hex.length !== length) {
    throw new StoreError(
      "digest",
      `${what} has a ${algorithm} digest of ${hex.length} digits instead of ${length}`,
    );
  }
  if (!/^[0-9a-f]+$/.test(hex)) {
    throw new StoreError(
      "digest",
      `${what} has the digest "${text}", which has characters other than 0-9 and a-f`,
    );
  }
  return { text, algorithm, hex };
}

/** The digest of bytes in memory, in the algorithm of `like` (sha256 if not given). */
export function digestOf(bytes: Uint8Array, like: Digest["algorithm"] = "sha256"): Digest {
  const hex = new Bun.CryptoHasher(like).update(bytes).digest("hex");
  return { text: `${like}:${hex}`, algorithm: like, hex };
}
