import { realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { KernelError, listed, quote } from "../error.ts";
import { kernelRelease } from "../facts.ts";
import { openFailure } from "../image/read.ts";
import { firstFile, isDirectory, isFile, modulesRoots, names } from "./files.ts";

/** A kernel's files, found by its image; paths begin as the named one did. */
export interface KernelFiles {
  /** The file to boot. */
  readonly image: string;
  readonly release: string;
  /** Its configuration as text. */
  readonly config: string | undefined;
  /** Its modules: lib/modules/RELEASE or usr/lib/modules/RELEASE. */
  readonly modules: string | undefined;
  /** An ELF file with its symbols. */
  readonly symbols: string | undefined;
  /** The directory that it was found in, which holds boot/ and lib/. */
  readonly directory: string | undefined;
}

export interface FindOptions {
  /** Asked instead of `kernelRelease`, by a caller that keeps facts. */
  readonly releaseOf?: (image: string) => string;
}

/**
 * Finds the one kernel in a directory, as kernel packages and images lay it out: boot/vmlinuz,
 * boot/vmlinux, boot/vmlinuz-VERSION, or vmlinuz beside the modules (Fedora's and Arch's packages).
 * Where boot has both vmlinuz and vmlinux, the second, with its debug information, is for symbols.
 *
 * Errors: KernelError "missing", "directory", "ambiguous", "version", "unreadable" and those of
 * `kernelRelease`.
 */
export function findKernel(directory: string, options: FindOptions = {}): KernelFiles {
  checkDirectory(directory);
  const boot = join(directory, "boot");
  const fixed = firstFile([join(boot, "vmlinuz"), join(boot, "vmlinux")]);
  const image = fixed ?? onlyOne(directory, [...versioned(boot), ...besideModules(directory)]);
  const release = (options.releaseOf ?? kernelRelease)(image);
  return {
    image,
    release,
    config: configOf(directory, release),
    modules: modulesOf(directory, image, release),
    symbols: symbolsOf(directory, release),
    directory,
  };
}

/**
 * The files of a kernel whose image was named itself. When that lies in a boot directory, or beside
 * its modules, its configuration and modules are taken from there; none need be.
 *
 * Errors: those of `kernelRelease`.
 */
export function kernelOfFile(image: string, options: FindOptions = {}): KernelFiles {
  const release = (options.releaseOf ?? kernelRelease)(image);
  // Debian's /vmlinuz is a symlink into /boot.
  const directory = rootOf(image, release) ?? rootOf(targetOf(image), release);
  return {
    image,
    release,
    config: directory && configOf(directory, release),
    modules: directory && modulesDirectory(directory, release),
    symbols: directory && symbolsOf(directory, release),
    directory,
  };
}

function targetOf(image: string): string {
  try {
    return realpathSync(image);
  } catch (error) {
    throw openFailure(image, error);
  }
}

/** DIR for DIR/boot/vmlinuz-6.1 and for DIR/lib/modules/6.1/vmlinuz. */
function rootOf(image: string, release: string): string | undefined {
  const parent = dirname(image);
  if (basename(parent) === "boot") return dirname(parent);
  for (const modules of [join("usr/lib/modules", release), join("lib/modules", release)]) {
    if (parent === modules) return ".";
    if (parent.endsWith(`/${modules}`)) return parent.slice(0, -modules.length - 1) || "/";
  }
  return undefined;
}

/**
 * The files and directories that decide what a kernel can do and which modules a run loads: as long
 * as none of them changes, a caller may keep those answers.
 */
export function decisiveFiles({ image, config, modules }: KernelFiles): string[] {
  const index = ["modules.dep", "modules.order", "modules.builtin"];
  return [
    image,
    ...(config === undefined ? [] : [config]),
    ...(modules === undefined ? [] : [modules, ...index.map((name) => join(modules, name))]),
  ].filter((path) => isFile(path) || isDirectory(path));
}

function checkDirectory(directory: string): void {
  let stat: Stats;
  try {
    stat = statSync(directory);
  } catch (error) {
    throw openFailure(directory, error);
  }
  if (!stat.isDirectory()) {
    throw new KernelError(
      "directory",
      `kernel ${quote(directory)} is no directory; check the path`,
    );
  }
}

const versioned = (boot: string) =>
  names(boot)
    .filter((name) => name.startsWith("vmlinuz-"))
    .map((name) => join(boot, name))
    .filter(isFile);

const besideModules = (directory: string) =>
  modulesRoots(directory)
    .flatMap((root) => names(root).map((name) => join(root, name, "vmlinuz")))
    .filter(isFile);

function onlyOne(directory: string, images: readonly string[]): string {
  const [image] = images;
  if (image === undefined) {
    throw new KernelError(
      "missing",
      `directory ${quote(directory)} has no kernel: neither boot/vmlinux nor boot/vmlinuz nor boot/vmlinuz-VERSION is there; name a kernel file or another directory`,
    );
  }
  // A package may have the same kernel in both places.
  const boot = images.filter((path) => dirname(path) === join(directory, "boot"));
  const candidates = boot.length > 0 ? boot : images;
  if (candidates.length === 1) return candidates[0] ?? image;
  const shown = candidates.map((path) => path.slice(join(directory, "/").length));
  throw new KernelError(
    "ambiguous",
    `directory ${quote(directory)} has ${shown.length} kernels: ${listed(shown)}; name one of these files, such as ${quote(candidates.at(-1) ?? image)}`,
  );
}

const configOf = (directory: string, release: string) =>
  firstFile([
    join(directory, "boot", `config-${release}`),
    ...modulesRoots(directory).map((root) => join(root, release, "config")),
    join(directory, "boot/config"),
  ]);

const symbolsOf = (directory: string, release: string) =>
  firstFile([
    join(directory, "boot/vmlinux"),
    join(directory, "boot", `vmlinux-${release}`),
    join(directory, "usr/lib/debug/boot", `vmlinux-${release}`),
    join(directory, "usr/lib/debug/lib/modules", release, "vmlinux"),
  ]);

const modulesDirectory = (directory: string, release: string) =>
  modulesRoots(directory)
    .map((root) => join(root, release))
    .find(isDirectory);

/** The modules directory of the release; directories of other releases alone are a mistake. */
function modulesOf(directory: string, image: string, release: string): string | undefined {
  const found = modulesDirectory(directory, release);
  if (found !== undefined) return found;
  const others = modulesRoots(directory)
    .flatMap((root) => names(root).map((name) => join(root, name)))
    .filter(isDirectory);
  if (others.length === 0) return undefined;
  const shown = others.map(quote);
  throw new KernelError(
    "version",
    `kernel ${quote(image)} is ${release}, but the modules beside it are for another version (${listed(shown)}); put the modules of ${release} there, or remove them when it needs none`,
  );
}
