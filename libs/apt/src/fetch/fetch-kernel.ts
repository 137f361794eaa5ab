import {
  digestOf,
  fetchOnce,
  findTree,
  obtainTree,
  parseDigest,
  readRecord,
  type Staging,
  type UsedTree,
  writeRecord,
} from "@vimto/store";
import type { Context } from "../context.ts";
import { AptError, asAptError } from "../errors.ts";
import { findKernel } from "../kernels/find.ts";
import type { ArchiveKernel } from "../kernels/kernels.ts";
import { formatKernelName, type KernelName } from "../names/kernel-name.ts";
import { platformOf } from "../names/platform.ts";
import { type ArchiveOptions, contextOf } from "../options.ts";
import { buildTree } from "./build-tree.ts";

/**
 * When to ask the archive for a name: always, for a newer kernel than the stored one, which is used if the
 * archive cannot be reached; only if the name is missing in the store; or never.
 */
export type FetchPolicy = "always" | "missing" | "never";

export type FetchOptions = ArchiveOptions & {
  /** By default "missing". */
  readonly policy?: FetchPolicy;
};

/** A kernel whose files are there until `release`, or until the process ends. */
export type FetchedKernel = Disposable & {
  /** The name in full: "debian:bookworm/cloud". */
  readonly name: string;
  /** As uname -r prints it. */
  readonly kernelRelease: string;
  /** Holds boot and lib/modules or usr/lib/modules. To be read only: other processes use it too. */
  readonly directory: string;
  /** The digest of the packages: the same files have the same digest. */
  readonly digest: string;
  readonly unpackedBytes: number;
  /** Lets others remove the files. */
  release(): void;
};

/** The version of the store's content and of its unpacking: another number makes all trees anew. */
const FORMAT = 1;

type Cached = { readonly record: Record; readonly tree: UsedTree };
type Record = { readonly digest: string; readonly release: string };

/**
 * Brings a kernel of a distribution's archive into the store, unless it is there, and keeps it from being
 * removed while it is used. When several processes ask for one kernel, one fetches and unpacks it. Whenever
 * this ends or is killed, the store is whole.
 * @throws AptError
 */
export async function fetchKernel(name: KernelName, options: FetchOptions): Promise<FetchedKernel> {
  try {
    return await fetchNamed(name, options.policy ?? "missing", contextOf(options));
  } catch (error) {
    throw asAptError(error);
  }
}

async function fetchNamed(
  name: KernelName,
  policy: FetchPolicy,
  context: Context,
): Promise<FetchedKernel> {
  const { paths, architecture, signal, onEvent } = context;
  const image = formatKernelName(name);
  const platform = platformOf(architecture);
  const find = async () => {
    const cached = await findCached(image, platform, context);
    if (cached) onEvent({ kind: "cached", image, digest: cached.record.digest });
    return cached;
  };
  if (policy !== "always") {
    const cached = await find();
    if (cached) return fetched(image, cached);
  }
  if (policy === "never") {
    throw new AptError(
      "not-found",
      `kernel "${image}" is not in the cache for ${platform}, and the pull policy "never" keeps it from being fetched`,
    );
  }
  const cached = await fetchOnce(paths, {
    name: image,
    platform,
    signal,
    onWait: (what) => onEvent({ kind: "waiting", what: WAITS[what] }),
    find: async () => (policy === "always" ? undefined : find()),
    fetch: (staging) => bring(name, image, context, staging),
  });
  return fetched(image, cached);
}

const WAITS = { name: "the same kernel", removal: "the cache to be cleaned" } as const;

async function bring(
  name: KernelName,
  image: string,
  context: Context,
  staging: Staging,
): Promise<Cached> {
  const { architecture, onEvent } = context;
  onEvent({ kind: "resolving", image });
  let kernel: ArchiveKernel;
  try {
    kernel = await findKernel(name, context, staging);
  } catch (raw) {
    const error = asAptError(raw);
    if (!(error instanceof AptError) || error.code !== "network") throw error;
    const stored = await findCached(image, platformOf(architecture), context);
    if (stored === undefined) throw error;
    onEvent({ kind: "stale", image, message: error.message });
    return stored;
  }
  return store(kernel, image, context, staging);
}

async function store(
  kernel: ArchiveKernel,
  image: string,
  context: Context,
  staging: Staging,
): Promise<Cached> {
  const { paths, architecture, signal, clock, onEvent } = context;
  const digest = digestOf(
    Buffer.from(JSON.stringify([FORMAT, ...kernel.packages.map(({ sha256 }) => sha256)])),
  );
  const layers = kernel.packages.map(({ sha256, size }) => ({ digest: `sha256:${sha256}`, size }));
  let isNew = false;
  const build = (directory: string) => {
    isNew = true;
    onEvent({ kind: "started", image, digest: digest.text, layers, noun: "package" });
    return buildTree(directory, kernel, context);
  };
  const onWait = () => onEvent({ kind: "waiting", what: "the same kernel under another name" });
  const tree = await obtainTree(paths, digest, staging, build, { signal, onWait });
  const { unpackedBytes } = tree;
  const { release } = kernel;
  writeRecord(paths, staging, {
    name: image,
    platform: platformOf(architecture),
    top: digest.text,
    digest: digest.text,
    blobs: [],
    packedBytes: kernel.size,
    unpackedBytes,
    pulledAt: new Date(clock.now()).toISOString(),
    release,
  });
  if (isNew) onEvent({ kind: "done", image, digest: digest.text, unpackedBytes });
  else onEvent({ kind: "cached", image, digest: digest.text });
  return { record: { digest: digest.text, release }, tree };
}

async function findCached(
  image: string,
  platform: string,
  { paths, signal }: Context,
): Promise<Cached | undefined> {
  const record = readRecord(paths, image, platform);
  if (record?.release === undefined) return undefined;
  const { digest, release } = record;
  const tree = await findTree(paths, parseDigest(digest, image), { signal });
  return tree === undefined ? undefined : { record: { digest, release }, tree };
}

function fetched(name: string, { record, tree }: Cached): FetchedKernel {
  const release = () => tree.lock.release();
  return {
    name,
    kernelRelease: record.release,
    directory: tree.directory,
    digest: record.digest,
    unpackedBytes: tree.unpackedBytes,
    release,
    [Symbol.dispose]: release,
  };
}
