import { KernelError, listed } from "../error.ts";
import { type Files, maybePacked } from "./files.ts";
import type { KernelFiles } from "./tree.ts";

/** Names under which kernels are kept by themselves; beside another one, vmlinux is for symbols. */
const IMAGES = ["vmlinuz", "bzImage", "Image"] as const;

/**
 * A kernel at the top of a directory, with nothing around it that says more; undefined when there is none.
 *
 * @param name what sentences call the directory
 * @throws KernelError "ambiguous" for more than one
 */
export function findLone(
  files: Files,
  name: string,
): Pick<KernelFiles, "image" | "config" | "symbols"> | undefined {
  const symbols = files.first(["vmlinux"]);
  const versioned = files.names(".").filter((name) => /^(?:vmlinuz|bzImage|Image)-/.test(name));
  const named = [
    ...IMAGES.map((path) => maybePacked(path)),
    ...versioned.map((name) => [name]),
  ].flatMap((paths) => files.first(paths) ?? []);
  const vmlinux = files.first(maybePacked("vmlinux"));
  const unified = files.names(".").filter((name) => name.endsWith(".efi"));
  const images = [
    named,
    vmlinux === undefined ? [] : [vmlinux],
    unified.flatMap((name) => files.first([name]) ?? []),
  ].find(({ length }) => length > 0);
  const [image, ...others] = images ?? [];
  if (image === undefined) return undefined;
  if (others.length > 0)
    throw new KernelError(
      "ambiguous",
      `${name} has ${others.length + 1} kernels: ${listed([image, ...others])}; name one of these files`,
    );
  return { image, config: files.first([".config", "config"]), symbols };
}
