import type { OnPullEvent } from "@vimto/store";
import {
  type Expected,
  fetchBlob,
  removeBlob,
  type Staging,
  type StorePaths,
  verified,
} from "@vimto/store";
import { OciError } from "../errors.ts";
import { LayerWriter } from "../layers/layer-writer.ts";
import { unpackLayer } from "../layers/unpack.ts";
import type { Limits } from "../limits.ts";
import { readStretch } from "../local/read-file.ts";
import type { ImageSource } from "../remote/image-source.ts";
import type { LayerPlan } from "../remote/plan.ts";
import { inParallel } from "./in-parallel.ts";

/** Layers that are fetched at once, as many as Docker's default. */
const PARALLEL = 3;

export type BuildOptions = {
  readonly source: ImageSource;
  readonly layers: readonly LayerPlan[];
  readonly limits: Limits;
  readonly paths: StorePaths;
  readonly staging: Staging;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent: OnPullEvent;
};

/**
 * Fills a directory with an image: layers are fetched several at a time and unpacked in order, each as
 * soon as it is here and those below it are unpacked.
 * @returns the bytes of all files
 * @throws OciError
 */
export async function buildTree(directory: string, options: BuildOptions): Promise<number> {
  const { layers, limits } = options;
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const writer = new LayerWriter(directory, limits);
  const fetches = inParallel(PARALLEL, layers.length, (i) => fetchLayer(i, { ...options, signal }));
  try {
    for (const [i, plan] of layers.entries()) {
      const cached = await fetches[i];
      if (i > 0) writer.nextLayer();
      await unpackOne(i, plan, writer, cached === true, { ...options, signal });
      options.onEvent({ kind: "unpacked", layer: i });
    }
    writer.finish();
    return writer.bytes;
  } catch (error) {
    stop.abort();
    writer.abandon();
    // Nothing may write into the staging directory once it is abandoned.
    await Promise.allSettled(fetches);
    throw error;
  }
}

/** @returns true if the store had the layer */
async function fetchLayer(layer: number, options: BuildOptions): Promise<boolean> {
  const { source, paths, staging, signal, onEvent } = options;
  const descriptor = planOf(options, layer).descriptor;
  if (source.local) return false;
  const short = `${descriptor.digest.algorithm}:${descriptor.digest.hex.slice(0, 12)}`;
  const cached = await fetchBlob(descriptor, () => source.open(descriptor, signal), {
    paths,
    staging,
    what: layerName(options, layer),
    signal,
    onWait: () => onEvent({ kind: "waiting", what: `layer ${short}` }),
    onBytes: (bytes) => onEvent({ kind: "received", layer, bytes }),
  });
  if (cached) onEvent({ kind: "received", layer, bytes: descriptor.size });
  onEvent({ kind: "fetched", layer, cached });
  return cached;
}

async function unpackOne(
  layer: number,
  plan: LayerPlan,
  writer: LayerWriter,
  cached: boolean,
  options: BuildOptions,
): Promise<void> {
  const { source, paths, limits, signal, onEvent } = options;
  const { descriptor } = plan;
  const what = layerName(options, layer);
  if (source.local) {
    const chunks = counted(source.open(descriptor, signal), (bytes) =>
      onEvent({ kind: "received", layer, bytes }),
    );
    await unpackLayer(plan, chunks, writer, { limits, what, signal });
    return;
  }
  const { digest, size } = descriptor;
  try {
    const chunks = readStretch({ path: paths.blob(digest), offset: 0, size });
    await unpackLayer(plan, chunks, writer, { limits, what, signal, isVerified: !cached });
  } catch (error) {
    // A damaged cached blob must not stay, whatever error the damage first caused.
    if (cached && !(await isIntact(paths.blob(digest), descriptor))) {
      removeBlob(paths, digest);
      throw new DamagedBlob(what, { cause: error });
    }
    throw error;
  }
}

async function isIntact(path: string, expected: Expected): Promise<boolean> {
  try {
    const chunks = readStretch({ path, offset: 0, size: expected.size });
    for await (const _ of verified(chunks, expected, path));
    return true;
  } catch {
    return false;
  }
}

/** A blob in the store did not have the digest of its name. It is removed, so a second try fetches it. */
export class DamagedBlob extends OciError {
  constructor(what: string, options: ErrorOptions) {
    super("digest", `${what} was damaged in the cache`, options);
  }
}

function planOf(options: BuildOptions, layer: number): LayerPlan {
  const plan = options.layers[layer];
  if (plan === undefined) throw new RangeError(`layer ${layer}`);
  return plan;
}

function layerName(options: BuildOptions, layer: number): string {
  return `layer ${layer + 1} of ${options.source.what}`;
}

async function* counted(chunks: AsyncIterable<Uint8Array>, onBytes: (bytes: number) => void) {
  for await (const chunk of chunks) {
    yield chunk;
    onBytes(chunk.length);
  }
}
