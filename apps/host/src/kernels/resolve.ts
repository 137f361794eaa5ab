import { resolve } from "node:path";
import {
  decisiveFiles,
  demandNetwork,
  demandUsable,
  type Kernel,
  KernelError,
  type KernelFacts,
  type KernelFiles,
  ModuleTree,
  modulesToLoad,
  mostCpus,
  parseConfigFile,
  SHARING_WAYS,
  type SharingWish,
  sharingOf,
  staticNodes,
  waysOf,
} from "@vimto/kernel";
import type { Architecture } from "@vimto/linux";
import { z } from "zod";
import type { Cache } from "../cache/cache.ts";
import { fileIdentity, keyOf } from "../cache/identity.ts";
import { planMerges } from "../host/layers.ts";
import { VERSION } from "../version.ts";
import type { ImageModules, KernelImage } from "./image.ts";
import { demandFilesInside, demandInside } from "./inside.ts";
import { type KnownKernel, knownKernel } from "./kernel-facts.ts";
import { moduleIndex } from "./module-index.ts";
import type { LocatedKernel } from "./source.ts";

/** Modules that a command may want at once and that need no module loading of its own. */
const ALSO = ["overlay", "binfmt_misc"] as const;
const NETWORK = "virtio_net";

/** A kernel that was found and read; nobody has asked yet whether vimto can use it. */
export type FoundKernel = LocatedKernel & Pick<KernelImage, "boot"> & { readonly kernel: Kernel };

/** Reads a kernel. Errors: KernelError, Failure "kernel" or "cache". */
export async function readKernel(
  located: LocatedKernel,
  arch: Architecture,
  cache: Cache,
): Promise<FoundKernel> {
  const { facts, boot } = await readFile(located, arch, cache);
  return { ...located, kernel: kernelOf(located, facts), boot };
}

/** A file that vimto has unpacked itself is called what the user named: its path is one of the cache. */
async function readFile(
  { text, files, image }: LocatedKernel,
  arch: Architecture,
  cache: Cache,
): Promise<KnownKernel> {
  try {
    return await knownKernel(cache, files.image, arch);
  } catch (error) {
    if (image === undefined || !(error instanceof KernelError)) throw error;
    const message = error.message.replace(JSON.stringify(files.image), () => JSON.stringify(text));
    throw new KernelError(error.code, message, { cause: error });
  }
}

function kernelOf(located: LocatedKernel, facts: KernelFacts): Kernel {
  const { text, files, image, modulesAdvice } = located;
  const { config, modules } = files;
  if (image !== undefined && modules !== undefined) demandInside(image, modules);
  return {
    path: text,
    facts,
    config: config === undefined ? undefined : parseConfigFile(config),
    modules: modules === undefined ? undefined : new ModuleTree(modules),
    modulesAdvice,
  };
}

/** What a run needs of its kernel besides what all runs need. */
export type Wishes = { readonly fs: SharingWish; readonly network: boolean };

/** The same for a run: checks that vimto can boot it, and says which modules it has to load. */
export async function resolveKernel(
  located: LocatedKernel,
  arch: Architecture,
  cache: Cache,
  path: string | undefined,
  { fs, network }: Wishes,
): Promise<KernelImage> {
  const { files, overlay } = located;
  // It takes some seconds the first time, in which the kernel is unpacked and boots.
  const modules = modulesElsewhere(cache, files, path);
  const { facts, boot } = await readFile(located, arch, cache);
  const { load, nodes, cpus, sharing } = usesOf(cache, located, facts, { fs, network });
  const merges = overlay === undefined ? [] : planMerges(overlay);
  return { ...located, release: files.release, merges, boot, cpus, load, nodes, modules, sharing };
}

function modulesElsewhere(
  cache: Cache,
  files: KernelFiles,
  path: string | undefined,
): ImageModules | undefined {
  if (files.modules === undefined || files.directory === "/") return undefined;
  const directory = resolve(files.modules);
  return { directory, index: moduleIndex(cache, directory, files.release, path) };
}

/** What the configuration and the modules of a kernel mean for its boot. */
const Known = z.strictObject({
  cpus: z.number().optional(),
  load: z.array(z.string()),
  sharing: z.strictObject({
    layers: z.enum(SHARING_WAYS),
    shares: z.enum(SHARING_WAYS),
  }),
  nodes: z.array(
    z.strictObject({
      name: z.string(),
      kind: z.enum(["char", "block"]),
      major: z.number(),
      minor: z.number(),
    }),
  ),
});

/**
 * The modules to load of a kernel that vimto can boot, the device nodes of the others, and how many CPUs it
 * brings up. Finding the modules means
 * to read and unpack each, so the answer is kept for as long as the files that decide it stay the same.
 * Errors: KernelError.
 */
function usesOf(
  cache: Cache,
  located: LocatedKernel,
  facts: KernelFacts,
  { fs, network }: Wishes,
): z.infer<typeof Known> {
  const { files } = located;
  const also = network ? [...ALSO, NETWORK] : ALSO;
  const name = `facts/load-${keyOf(VERSION, "with CPUs and shares over virtiofs", fs, ...also, ...decisiveFiles(files).map(fileIdentity))}.json`;
  const json = cache.useText(name);
  const known = json === undefined ? undefined : parseKnown(json);
  if (known !== undefined) return known;
  const kernel = kernelOf(located, facts);
  const sharing = sharingOf(kernel, fs);
  demandUsable(kernel, "pci", waysOf(sharing));
  if (network) demandNetwork(kernel);
  const load = modulesToLoad(kernel, "pci", also, waysOf(sharing)).load.map(({ path }) => path);
  if (located.image !== undefined) demandFilesInside(located.image, load);
  const nodes = files.modules === undefined ? [] : staticNodes(files.modules);
  const cpus = kernel.config === undefined ? facts.cpus : mostCpus(kernel.config);
  cache.keepText(name, JSON.stringify({ cpus, load, nodes, sharing }));
  return { cpus, load, nodes, sharing };
}

/** What was kept; undefined for anything else. */
function parseKnown(text: string): z.infer<typeof Known> | undefined {
  try {
    return Known.safeParse(JSON.parse(text), { jitless: true }).data;
  } catch {
    return undefined;
  }
}
