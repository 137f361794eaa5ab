import { createHash } from "node:crypto";
import { statSync } from "node:fs";

/** Tells one state of a file from another without reading it. */
export function fileIdentity(path: string): string {
  const { dev, ino, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
  return [path, dev, ino, size, mtimeNs, ctimeNs].join("\0");
}

/** A name for the cache: what it is made of, as 32 hexadecimal digits. */
export const keyOf = (...parts: readonly (string | Uint8Array)[]): string => {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest("hex").slice(0, 32);
};
