import { statSync } from "node:fs";
import { release } from "node:os";
import { resolve } from "node:path";
import {
  type Arch,
  decisiveFiles,
  demandUsable,
  findKernel,
  hostKernel,
  installedKernels,
  type Kernel,
  KernelError,
  type KernelFacts,
  type KernelFiles,
  kernelOfFile,
  kernelRelease,
  ModuleTree,
  modulesToLoad,
  parseConfigFile,
} from "@vimto/kernel";
import type { Cache } from "../cache/cache.ts";
import { fileIdentity, keyOf } from "../cache/identity.ts";
import { Failure } from "../failure.ts";
import type { KernelChoice } from "../settings/index.ts";
import { VERSION } from "../version.ts";
import type { FetchedImage, ImageModules, KernelImage } from "./image.ts";
import { demandFilesInside, demandInside } from "./inside.ts";
import { knownFacts, knownKernel } from "./kernel-facts.ts";
import { moduleIndex } from "./module-index.ts";

/** Modules that a command may want at once and that need no module loading of its own. */
const ALSO = ["overlay", "binfmt_misc"] as const;

/** Brings an image here; a relative path in its name starts at `directory`. See commands/fetch.ts. */
export type FetchImage = (image: string, directory: string) => Promise<FetchedImage>;

/** A kernel that was found and read; nobody has asked yet whether vimto can use it. */
export type FoundKernel = Located & Pick<KernelImage, "boot"> & { readonly kernel: Kernel };

/**
 * Finds and reads the kernel that the user named, or the host's own.
 *
 * Errors: KernelError, Failure "kernel" or "cache", and those of `fetchImage`.
 */
export async function lookUpKernel(
  choice: KernelChoice | undefined,
  arch: Arch,
  cache: Cache,
  fetchImage: FetchImage,
): Promise<FoundKernel> {
  const located = await locate(choice, cache, fetchImage);
  const { facts, boot } = await knownKernel(cache, located.files.image, arch);
  return { ...located, kernel: kernelOf(located, facts), boot };
}

function kernelOf({ text, files, image }: Located, facts: KernelFacts): Kernel {
  const { config, modules } = files;
  if (image !== undefined && modules !== undefined) demandInside(image, modules);
  return {
    path: text,
    facts,
    config: config === undefined ? undefined : parseConfigFile(config),
    modules: modules === undefined ? undefined : new ModuleTree(modules),
  };
}

/** The same for a run: checks that vimto can boot it, and says which modules it has to load. */
export async function resolveKernel(
  choice: KernelChoice | undefined,
  arch: Arch,
  cache: Cache,
  fetchImage: FetchImage,
): Promise<KernelImage> {
  const located = await locate(choice, cache, fetchImage);
  const { files } = located;
  // It takes some seconds the first time, in which the kernel is unpacked and boots.
  const modules = modulesElsewhere(cache, files);
  const { facts, boot } = await knownKernel(cache, files.image, arch);
  const load = loadList(cache, located, facts);
  return { ...located, boot, load, modules };
}

function modulesElsewhere(cache: Cache, files: KernelFiles): ImageModules | undefined {
  if (files.modules === undefined || files.directory === "/") return undefined;
  const directory = resolve(files.modules);
  return { directory, index: moduleIndex(cache, directory, files.release) };
}

/**
 * The modules to load of a kernel that vimto can boot. Finding them means to read and unpack each, so the
 * answer is kept for as long as the files that decide it stay the same. Errors: KernelError.
 */
function loadList(cache: Cache, located: Located, facts: KernelFacts): readonly string[] {
  const { files } = located;
  const name = `facts/load-${keyOf(VERSION, ...ALSO, ...decisiveFiles(files).map(fileIdentity))}.json`;
  const known = cache.useText(name);
  const list = known === undefined ? undefined : parseList(known);
  if (list !== undefined) return list;
  const kernel = kernelOf(located, facts);
  demandUsable(kernel);
  const load = modulesToLoad(kernel, "pci", ALSO).load.map(({ path }) => path);
  if (located.image !== undefined) demandFilesInside(located.image, load);
  cache.keepText(name, JSON.stringify(load));
  return load;
}

type Located = Pick<KernelImage, "text" | "files" | "overlay"> & {
  /** Where it is in, when that is an image. */
  readonly image?: FetchedImage;
};

async function locate(
  choice: KernelChoice | undefined,
  cache: Cache,
  fetchImage: FetchImage,
): Promise<Located> {
  const releaseOf = (image: string) => knownFacts(cache, image)?.release ?? kernelRelease(image);
  if (choice === undefined) return { ...hostsOwn(releaseOf), overlay: undefined };
  const { text, directory } = choice;
  if (text === "host" || text.startsWith("host:")) {
    const wanted = text === "host" ? undefined : text.slice("host:".length);
    const installed = hostKernel(release(), wanted);
    return { text, files: kernelOfFile(installed.path, { releaseOf }), overlay: undefined };
  }
  const path = resolve(directory, text);
  const kind = statSync(path, { throwIfNoEntry: false });
  if (kind?.isDirectory()) return { text, files: findKernel(path, { releaseOf }), overlay: path };
  if (kind !== undefined || looksLikePath(text))
    return { text, files: kernelOfFile(path, { releaseOf }), overlay: undefined };
  const image = await fetchImage(text, directory);
  const name = `image ${JSON.stringify(image.name)}`;
  const files = findKernel(image.directory, { releaseOf, resolve: image.resolve, name });
  return { text, files, overlay: image.directory, image };
}

/** A name that could be nothing but a path, so that a typing error is not looked for in a registry. */
export const looksLikePath = (text: string) => /^(?:\/|\.\.?(?:\/|$)|~)/.test(text);

function hostsOwn(releaseOf: (image: string) => string): { text: string; files: KernelFiles } {
  try {
    const { path } = hostKernel(release(), undefined, installedKernels());
    return { text: "host", files: kernelOfFile(path, { releaseOf }) };
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    throw new Failure(
      "kernel",
      "no kernel was named, and the host's own cannot be used " +
        `(${error.message.split(";")[0]}); name one with --kernel, VIMTO_KERNEL or kernel in .vimto.toml: ` +
        "a kernel file, a directory with boot/vmlinuz, host:VERSION for one in /boot, or an image such as " +
        "ghcr.io/cilium/ci-kernels:stable",
      { cause: error },
    );
  }
}

/** What was kept; undefined for anything that is no list of paths. */
function parseList(json: string): readonly string[] | undefined {
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list) && list.every((path) => typeof path === "string") ? list : undefined;
  } catch {
    return undefined;
  }
}
