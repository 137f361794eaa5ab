import { existsSync, realpathSync, type Stats, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { KernelError, listed, quote } from "../error.ts";
import { kernelRelease } from "../facts.ts";
import { openFailure } from "../image/read.ts";
import { isBuildDirectory, modulesInPlace } from "../modules/in-place.ts";
import { buildOfImage, demandSameRelease, findBuilt } from "./build-directory.ts";
import { type Files, filesIn, maybePacked, modulesRoots } from "./files.ts";
import { findLone } from "./lone.ts";

/** A kernel's files, found by its image; paths begin as the named one did. */
export interface KernelFiles {
  /** The file to boot. */
  readonly image: string;
  readonly release: string;
  /** Its configuration as text. */
  readonly config: string | undefined;
  /** Its modules: lib/modules/RELEASE, usr/lib/modules/RELEASE, or the directory that it was built in. */
  readonly modules: string | undefined;
  /** An ELF file with its symbols. */
  readonly symbols: string | undefined;
  /** The root that it belongs to, which holds boot/ and lib/; undefined for a kernel by itself. */
  readonly directory: string | undefined;
}

export interface FindOptions {
  /** Replaces `kernelRelease`, for a caller that keeps facts. */
  readonly releaseOf?: (image: string) => string;
  /**
   * Where a path of the directory leads on the host, undefined for nowhere. For directories that a
   * stranger has filled: their links must not lead out.
   */
  readonly resolve?: (path: string) => string | undefined;
  /** What sentences call the directory, such as `image "alpine"`. */
  readonly name?: string;
}

/**
 * Finds the one kernel in a directory:
 * - as packages and images lay it out: boot/vmlinuz, boot/vmlinux, boot/vmlinuz-VERSION, or vmlinuz beside
 *   the modules (Fedora's and Arch's packages). Where boot has both vmlinuz and vmlinux, the second, with its
 *   debug information, is for symbols;
 * - in the directory of its modules, lib/modules/VERSION, which may also be named for it;
 * - in the directory that it was built in;
 * - alone at the top: vmlinuz, bzImage, Image, vmlinux or a unified kernel image.
 * Any of them may be packed, with the suffix that gzip, xz, zstd or lz4 gives it.
 *
 * Errors: KernelError "missing", "directory", "ambiguous", "version", "unreadable" and those of
 * `kernelRelease`.
 */
export function findKernel(directory: string, options: FindOptions = {}): KernelFiles {
  checkDirectory(directory);
  const { resolve, name = `directory ${quote(directory)}` } = options;
  const releaseOf = options.releaseOf ?? kernelRelease;
  const files = filesIn(directory, resolve);
  const image = files.first(maybePacked("boot/vmlinuz", "boot/vmlinux")) ?? onlyOne(files, name);
  if (image === undefined) {
    const own = imageOfModules(files, directory);
    if (own !== undefined) return kernelOfFile(own, options);
    const built = findBuilt(files, name);
    if (built !== undefined) {
      const release = releaseOf(built.image);
      demandSameRelease(built.image, release, files, name);
      return { ...built, release };
    }
    return loneKernel(files, directory, name, releaseOf);
  }
  const release = releaseOf(image);
  return {
    image,
    release,
    config: configOf(files, release),
    modules: modulesOf(files, image, release),
    symbols: symbolsOf(files, release),
    directory,
  };
}

function loneKernel(
  files: Files,
  directory: string,
  name: string,
  releaseOf: (image: string) => string,
): KernelFiles {
  const lone = findLone(files, name);
  const packed = files.names(".").find((file) => PACKAGE.test(file));
  if (lone === undefined && packed !== undefined)
    throw new KernelError(
      "missing",
      `${name} has no kernel, but packages; name one of them, such as ${quote(packed)}`,
    );
  if (lone === undefined)
    throw new KernelError(
      "missing",
      `${name} has no kernel: vimto looks for boot/vmlinuz, boot/vmlinux, boot/vmlinuz-VERSION, lib/modules/VERSION/vmlinuz, arch/*/boot/bzImage and Image, and for vmlinuz, bzImage, Image, vmlinux and *.efi, packed or not; name a kernel file or another directory`,
    );
  const release = releaseOf(lone.image);
  const modules = modulesOf(files, lone.image, release);
  const config = lone.config ?? files.first([`config-${release}`]);
  return { ...lone, config, release, modules, directory: modules && directory };
}

/** What files with a kernel are called in the archives of Debian, Ubuntu, Fedora, openSUSE and Arch Linux. */
const PACKAGE =
  /^(?:linux-(?:image|binary)-[0-9].*\.deb|linux-image-unsigned-.*\.deb|kernel(?:-[a-z0-9]+)?-(?:core-)?[0-9].*\.rpm|linux(?:-[a-z]+)?-[0-9].*\.pkg\.tar(?:\.\w+)?)$/;

/** For lib/modules/VERSION: the vmlinuz in it, or boot/vmlinuz-VERSION of the same root. */
function imageOfModules(files: Files, directory: string): string | undefined {
  const [, root = ".", version = ""] =
    /^(?:(.*)\/)?(?:usr\/)?lib\/modules\/([^/]+)\/*$/.exec(directory) ?? [];
  if (version === "") return undefined;
  const own = inModules(files, ".");
  if (own !== undefined) return files.first([own]);
  return filesIn(root || "/").first(maybePacked(`boot/vmlinuz-${version}`));
}

/**
 * The files of a kernel whose image itself was named. When the image lies in a boot directory, beside its
 * modules or where it was built, its configuration and modules come from there; it may have neither.
 *
 * Errors: those of `kernelRelease`.
 */
export function kernelOfFile(image: string, options: FindOptions = {}): KernelFiles {
  const release = (options.releaseOf ?? kernelRelease)(image);
  const built = buildOfImage(image, release);
  if (built !== undefined) return { ...built, release };
  // Debian's /vmlinuz is a symlink into /boot.
  const directory = rootOf(image, release) ?? rootOf(targetOf(image), release);
  const files = directory === undefined ? undefined : filesIn(directory);
  return {
    image,
    release,
    config: files && configOf(files, release),
    modules: files && modulesDirectory(files, release),
    symbols: files && symbolsOf(files, release),
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
 * The files and directories that decide what a kernel can do and which modules a run loads: as long as they do
 * not change, a caller may keep those answers.
 */
export function decisiveFiles({ image, config, modules }: KernelFiles): string[] {
  return [
    image,
    ...(config === undefined ? [] : [config]),
    ...(modules === undefined ? [] : [modules, ...decisiveModules(modules)]),
  ].filter((path) => existsSync(path));
}

/** A package's modules change with its directory. Those of a build directory change one by one. */
function decisiveModules(directory: string): string[] {
  const index = ["modules.dep", "modules.order", "modules.builtin"];
  const inPlace = isBuildDirectory(directory) ? modulesInPlace(directory) : [];
  return [...index, ...inPlace].map((name) => join(directory, name));
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

/** vmlinuz-VERSION, which openSUSE calls Image-VERSION on arm64. */
const versioned = (files: Files) =>
  files
    .names("boot")
    .filter((name) => /^(?:vmlinuz|Image)-/.test(name))
    .map((name) => `boot/${name}`);

const besideModules = (files: Files) =>
  modulesRoots(files).flatMap((root) =>
    files.names(root).flatMap((name) => inModules(files, join(root, name)) ?? []),
  );

/** The kernel in a directory of modules: vmlinuz, openSUSE's Image, or a unified kernel image as Fedora's. */
function inModules(files: Files, directory: string): string | undefined {
  const unified = files.names(directory).filter((name) => name.endsWith(".efi"));
  return [...maybePacked("vmlinuz", "Image"), ...unified]
    .map((name) => join(directory, name))
    .find((path) => files.first([path]) !== undefined);
}

function onlyOne(files: Files, directory: string): string | undefined {
  const images = [...versioned(files), ...besideModules(files)].filter(
    (path) => files.first([path]) !== undefined,
  );
  // A package may have the same kernel in both places.
  const boot = images.filter((path) => dirname(path) === "boot");
  const candidates = boot.length > 0 ? boot : images;
  const found = files.first(candidates);
  if (found === undefined || candidates.length === 1) return found;
  throw new KernelError(
    "ambiguous",
    `${directory} has ${candidates.length} kernels: ${listed(candidates)}; name one of these files, such as ${quote(files.first(candidates.slice(-1)) ?? found)}`,
  );
}

const configOf = (files: Files, release: string) =>
  files.first([
    `boot/config-${release}`,
    ...modulesRoots(files).map((root) => join(root, release, "config")),
    "boot/config",
  ]);

const symbolsOf = (files: Files, release: string) =>
  files.first([
    "boot/vmlinux",
    `boot/vmlinux-${release}`,
    `usr/lib/debug/boot/vmlinux-${release}`,
    `usr/lib/debug/lib/modules/${release}/vmlinux`,
  ]);

const modulesDirectory = (files: Files, release: string) =>
  modulesRoots(files)
    .map((root) => files.directory(join(root, release)))
    .find((path) => path !== undefined);

/** The modules directory of the release; directories of other releases alone are a mistake. */
function modulesOf(files: Files, image: string, release: string): string | undefined {
  const found = modulesDirectory(files, release);
  if (found !== undefined) return found;
  const others = modulesRoots(files).flatMap((root) =>
    files.names(root).flatMap((name) => files.directory(join(root, name)) ?? []),
  );
  if (others.length === 0) return undefined;
  const shown = others.map(quote);
  throw new KernelError(
    "version",
    `kernel ${quote(image)} is ${release}, but the modules beside it are for another version (${listed(shown)}); put the modules of ${release} there, or remove them when it needs none`,
  );
}
