import { KernelError, listed } from "../error.ts";
import type { Files } from "./files.ts";
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
  const images = IMAGES.flatMap((path) => files.first([path]) ?? []);
  const [image = symbols, ...others] = images;
  if (image === undefined) return undefined;
  if (others.length > 0)
    throw new KernelError(
      "ambiguous",
      `${name} has ${images.length} kernels: ${listed(images)}; name one of these files`,
    );
  return { image, config: files.first([".config", "config"]), symbols };
}
