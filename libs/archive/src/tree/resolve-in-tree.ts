import { fromText } from "../byte-string.ts";
import { join, TreeRoot } from "./tree-root.ts";

/**
 * The file that a path stands for in an unpacked image, as a guest with the image as its root would see it:
 * links are followed inside the image, absolute ones too. Call it before opening a file of an image on the
 * host, where "/boot/vmlinuz -> /etc/shadow" would lead out.
 * @returns its path on the host, free of links, or undefined if it does not exist
 * @throws ArchiveError "archive" for ".." in `path` and for loops
 */
export function resolveInTree(directory: string, path: string): string | undefined {
  const root = new TreeRoot(directory);
  const found = root.resolve(fromText(path));
  if (found === undefined) return undefined;
  return found === "" ? directory : join(directory, Buffer.from(found, "latin1").toString("utf8"));
}
