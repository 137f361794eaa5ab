import { type Clock, type Environment, HttpError, Transport, trustedRoots } from "@vimto/http";
import type { OnPullEvent } from "@vimto/store";
import {
  obtainTree,
  type Staging,
  type StorePaths,
  type UsedTree,
  writeRecord,
} from "@vimto/store";
import type { Credentials } from "../auth/credential.ts";
import type { Limits } from "../limits.ts";
import { layoutArchive } from "../local/archive.ts";
import { layoutDirectory, layoutSource } from "../local/layout.ts";
import { formatPlatform, type Platform } from "../names/platform.ts";
import type { Reference } from "../names/reference.ts";
import type { Source } from "../names/source.ts";
import type { ImageSource } from "../remote/image-source.ts";
import { Repository } from "../remote/registry.ts";
import { registrySource } from "../remote/registry-source.ts";
import { buildTree, DamagedBlob } from "./build-tree.ts";
import { type CachedImage, findCached } from "./cached.ts";
import { type ResolvedImage, resolveImage } from "./resolve.ts";

/** All that fetching one image depends on. */
export type Fetching = {
  readonly source: Source;
  readonly name: string;
  readonly platform: Platform;
  readonly paths: StorePaths;
  readonly credentials: Credentials;
  readonly env: Environment;
  readonly plainHttp: readonly string[];
  readonly limits: Limits;
  readonly clock: Clock;
  readonly onEvent: OnPullEvent;
  readonly signal: AbortSignal | undefined;
};

/**
 * Looks up a name and brings its image into the store. If the registry says that nothing has changed, or cannot
 * be reached, the stored image is the result.
 * @throws OciError
 */
export async function fetchImage(fetching: Fetching, staging: Staging): Promise<CachedImage> {
  const { name, source, onEvent } = fetching;
  onEvent({ kind: "resolving", image: name });
  const stored = source.kind === "registry" ? await findCached(fetching) : undefined;
  try {
    if (source.kind !== "registry") return await bring(fetching, localSource(fetching), staging);
    const repository = openRepository(source.reference, fetching);
    if (stored && (await isUnchanged(repository, stored, fetching))) {
      onEvent({ kind: "cached", image: name, digest: stored.record.digest });
      return stored;
    }
    const { limits, clock } = fetching;
    const onRetry = (message: string) => onEvent({ kind: "retry", message });
    const image = await bring(
      fetching,
      registrySource(repository, { limits, clock, onRetry }),
      staging,
    );
    stored?.tree.lock.release();
    return image;
  } catch (error) {
    if (stored && error instanceof HttpError && error.code === "network") {
      onEvent({ kind: "stale", image: name, message: error.message });
      return stored;
    }
    stored?.tree.lock.release();
    throw error;
  }
}

/** Whether the tag still has its digest. Sends only a HEAD request. */
async function isUnchanged(
  repository: Repository,
  stored: CachedImage,
  { signal }: Fetching,
): Promise<boolean> {
  const { tag, digest } = repository.reference;
  if (digest !== undefined) return true; // names the content itself
  const now = await repository.lookUp(tag ?? "latest", signal);
  return now !== undefined && now.text === stored.record.top;
}

async function bring(
  fetching: Fetching,
  source: ImageSource,
  staging: Staging,
): Promise<CachedImage> {
  const { name, platform, paths, limits, signal, onEvent } = fetching;
  const top = await source.top(signal);
  const image = await resolveImage(source, top, platform, limits, signal);
  const { tree, isNew } = await treeOf(image, source, fetching, staging);
  const record = {
    name,
    platform: formatPlatform(platform),
    top: image.top.text,
    digest: image.digest.text,
    blobs: source.local ? [] : image.layers.map(({ descriptor }) => descriptor.digest.text),
    packedBytes: image.layers.reduce((sum, { descriptor }) => sum + descriptor.size, 0),
    unpackedBytes: tree.unpackedBytes,
    pulledAt: new Date(fetching.clock.now()).toISOString(),
  };
  writeRecord(paths, staging, record);
  const digest = image.digest.text;
  if (!isNew) onEvent({ kind: "cached", image: name, digest });
  else onEvent({ kind: "done", image: name, digest, unpackedBytes: tree.unpackedBytes });
  return { record, tree };
}

/** The unpacked image; a blob that was damaged in the store is fetched again, once. */
async function treeOf(
  image: ResolvedImage,
  source: ImageSource,
  fetching: Fetching,
  staging: Staging,
): Promise<{ tree: UsedTree; isNew: boolean }> {
  const { name, paths, limits, signal, onEvent } = fetching;
  const { digest, layers } = image;
  let isNew = false;
  const build = async (directory: string) => {
    isNew = true;
    const sizes = layers.map(({ descriptor: { digest, size } }) => ({ digest: digest.text, size }));
    onEvent({ kind: "started", image: name, digest: digest.text, layers: sizes });
    return buildTree(directory, { source, layers, limits, paths, staging, signal, onEvent });
  };
  const onWait = () => onEvent({ kind: "waiting", what: "the same image under another name" });
  try {
    return { tree: await obtainTree(paths, digest, staging, build, { signal, onWait }), isNew };
  } catch (error) {
    if (!(error instanceof DamagedBlob)) throw error;
    onEvent({ kind: "retry", message: `${error.message}; fetching it again` });
    return { tree: await obtainTree(paths, digest, staging, build, { signal, onWait }), isNew };
  }
}

function localSource({ source, name, limits }: Fetching): ImageSource {
  if (source.kind === "registry") throw new TypeError("not a local source");
  const files =
    source.kind === "oci" ? layoutDirectory(source.path) : layoutArchive(source.path, limits);
  return layoutSource(files, name, source.tag, limits);
}

function openRepository(reference: Reference, fetching: Fetching): Repository {
  const { env, clock, plainHttp, credentials, onEvent } = fetching;
  const transport = new Transport({
    env,
    clock,
    roots: trustedRoots(env),
    plainHttp: (host) => plainHttp.includes(host),
    onRetry: (message) => onEvent({ kind: "retry", message }),
  });
  return new Repository(reference, transport, credentials);
}
