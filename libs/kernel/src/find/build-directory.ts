import { readFileSync, realpathSync } from "node:fs";
import { KernelError, listed, quote } from "../error.ts";
import { isBuildDirectory } from "../modules/in-place.ts";
import { type Files, filesIn, maybePacked } from "./files.ts";
import type { KernelFiles } from "./tree.ts";

type Built = Omit<KernelFiles, "release">;

/** What `make` writes below arch/ARCH/boot (arch/x86/boot/Makefile, arch/arm64/boot/Makefile), best first. */
const IMAGES = ["bzImage", "Image", "vmlinuz.efi", ...maybePacked("Image").slice(1)] as const;
/** Matches an image's path: the directory that it was built in. */
const IN_BOOT = /^(?:(.*)\/)?arch\/[^/]+\/boot\/[^/]+$/;

/**
 * The kernel of the directory that it was built in: its source, or the directory that make got by O=; undefined
 * when nothing is built or kept there.
 *
 * @param name what sentences call the directory
 * @throws KernelError "missing" for a source without a built kernel, "ambiguous" for more than one
 */
export function findBuilt(files: Files, name: string): Built | undefined {
  if (files.directory("arch") === undefined || files.first(["Makefile"]) === undefined)
    return undefined;
  const candidates = files
    .names("arch")
    .flatMap((arch) => files.first(IMAGES.map((image) => `arch/${arch}/boot/${image}`)) ?? []);
  // arch/x86_64/boot has a link to the image of arch/x86/boot.
  const byFile = new Map(candidates.toReversed().map((path) => [realpathSync(path), path]));
  const images = [...byFile.values()].toReversed();
  const [image = files.first(["vmlinux"]), ...others] = images;
  if (image === undefined)
    throw new KernelError(
      "missing",
      `${name} has a kernel's source and no built kernel: neither arch/*/boot/bzImage nor arch/*/boot/Image is there; run make in it, or name the directory that make was given by O=`,
    );
  if (others.length > 0)
    throw new KernelError(
      "ambiguous",
      `${name} has ${images.length} kernels: ${listed(images)}; name one of these files`,
    );
  return builtFiles(files, image);
}

/**
 * Errors: KernelError "version" when the directory was configured as another kernel after the image was built.
 */
export function demandSameRelease(
  image: string,
  release: string,
  files: Files,
  name: string,
): void {
  const kept = releaseKept(files);
  if (kept === undefined || kept === release) return;
  throw new KernelError(
    "version",
    `kernel ${quote(image)} is ${release}, but ${name} was since configured as ${kept}; run make in it`,
  );
}

/**
 * The files of an image that lies where it was built; undefined for other images, and when another kernel has
 * been configured there since.
 */
export function buildOfImage(image: string, release: string): Built | undefined {
  const match = IN_BOOT.exec(image) ?? /^(?:(.*)\/)?vmlinux$/.exec(image);
  if (match === null) return undefined;
  const files = filesIn(match[1] ?? ".");
  return releaseKept(files) === release ? builtFiles(files, image) : undefined;
}

function builtFiles(files: Files, image: string): Built {
  const root = files.directory(".");
  return {
    image,
    config: files.first([".config"]),
    modules: root !== undefined && isBuildDirectory(root) ? root : undefined,
    symbols: files.first(["vmlinux"]),
    directory: undefined,
  };
}

/** The release that the directory's kernel was configured as (the kernel's Makefile, kernelrelease). */
function releaseKept(files: Files): string | undefined {
  const path = files.first(["include/config/kernel.release"]);
  return path === undefined ? undefined : readFileSync(path, "latin1").trim();
}
