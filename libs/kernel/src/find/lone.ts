import { realpathSync } from "node:fs";
import { KernelError, listed } from "../error.ts";
import { type Files, maybePacked } from "./files.ts";
import type { KernelFiles } from "./tree.ts";

/** Names of lone kernels; a vmlinux beside another kernel is for symbols. */
const IMAGES = ["vmlinuz", "bzImage", "Image"] as const;
const VERSIONED = /^(?:vmlinuz|bzImage|Image)-/;
/** Signatures and checksums of kernels, and kernels that were replaced. */
const NO_IMAGE = /\.(?:sig|hmac|old|bak)$/;

/**
 * A kernel at the top of a directory, without a layout around it; undefined without such a kernel.
 *
 * @param name what sentences call the directory
 * @throws KernelError "ambiguous" for more than one
 */
export function findLone(
  files: Files,
  name: string,
): Pick<KernelFiles, "image" | "config" | "symbols"> | undefined {
  const symbols = files.first(["vmlinux"]);
  const plain = IMAGES.flatMap((path) => files.first(maybePacked(path)) ?? []);
  const versioned = files
    .names(".")
    .filter((name) => VERSIONED.test(name) && !NO_IMAGE.test(name))
    .flatMap((name) => files.first([name]) ?? []);
  const vmlinux = files.first(maybePacked("vmlinux"));
  const unified = files.names(".").filter((name) => name.endsWith(".efi"));
  const images = [
    plain,
    versioned,
    vmlinux === undefined ? [] : [vmlinux],
    unified.flatMap((name) => files.first([name]) ?? []),
  ]
    .map(different)
    .find(({ length }) => length > 0);
  const [image, ...others] = images ?? [];
  if (image === undefined) return undefined;
  if (others.length > 0)
    throw new KernelError(
      "ambiguous",
      `${name} has ${others.length + 1} kernels: ${listed([image, ...others])}; name one of these files`,
    );
  return { image, config: files.first([".config", "config"]), symbols };
}

/** Without other names of the same file. */
const different = (paths: readonly string[]): string[] =>
  [...new Map(paths.toReversed().map((path) => [realpathSync(path), path])).values()].toReversed();
