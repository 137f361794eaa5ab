import { type Clock, type Environment, systemClock } from "@vimto/http";
import type { OnPullEvent } from "@vimto/store";
import { fetchOnce, type Store } from "@vimto/store";
import type { Credentials } from "../auth/credential.ts";
import { userCredentials } from "../auth/find.ts";
import { asOciError, OciError } from "../errors.ts";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import { formatPlatform, hostPlatform, type Platform } from "../names/platform.ts";
import { formatSource, parseSource, type Source } from "../names/source.ts";
import { type CachedImage, findCached } from "./cached.ts";
import { type Fetching, fetchImage } from "./fetch-image.ts";

/**
 * When to ask a registry for a name: always, to see whether the tag has moved (the stored image is used if the
 * registry cannot be reached); only if the name is missing in the store; or never.
 */
export type PullPolicy = "always" | "missing" | "never";

export type PullOptions = {
  readonly store: Store;
  /** By default "missing". */
  readonly policy?: PullPolicy;
  /** By default the host's. */
  readonly platform?: Platform;
  /** By default the user's. */
  readonly credentials?: Credentials;
  /** For proxies, certificates and credential files; by default no variables. */
  readonly env?: Environment;
  /** Registries, as "host" or "host:port", that may be asked over http. Loopback always may. */
  readonly plainHttp?: readonly string[];
  /** Where relative paths of "oci:DIR" start. */
  readonly directory?: string;
  readonly limits?: Partial<Limits>;
  readonly onEvent?: OnPullEvent;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
};

/** An image whose files are there until `release`, or until the process ends. */
export type PulledImage = Disposable & {
  /** The name in full. */
  readonly name: string;
  readonly platform: string;
  /** The unpacked files. To be read only: other processes use them too. */
  readonly directory: string;
  /** The digest of the manifest: the same files have the same digest. */
  readonly digest: string;
  readonly unpackedBytes: number;
  /** Lets others remove the files. */
  release(): void;
};

/**
 * Brings an image into the store, unless it is there, and keeps it from being removed while it is used. When
 * several processes ask for one image, one fetches and unpacks it. Whenever this ends or is killed, the store
 * is whole.
 * @param image  "ghcr.io/cilium/ci-kernels:stable", "oci:DIR[:tag]" or "oci-archive:FILE[:tag]"
 * @throws OciError
 */
export async function pull(image: string, options: PullOptions): Promise<PulledImage> {
  try {
    return await pullSource(parseSource(image, options.directory), options);
  } catch (error) {
    throw asOciError(error);
  }
}

async function pullSource(source: Source, options: PullOptions): Promise<PulledImage> {
  const { store, policy = "missing", signal, onEvent = () => {} } = options;
  const name = formatSource(source);
  const platform = options.platform ?? hostPlatform();
  const fetching: Fetching = {
    source,
    name,
    platform,
    paths: store.paths,
    credentials: options.credentials ?? userCredentials(options.env ?? {}),
    env: options.env ?? {},
    plainHttp: options.plainHttp ?? [],
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    clock: options.clock ?? systemClock,
    onEvent,
    signal,
  };
  const mayUseCached = source.kind === "registry" && (policy !== "always" || isPinned(source));
  const cached = mayUseCached ? await findCached(fetching) : undefined;
  if (cached) {
    onEvent({ kind: "cached", image: name, digest: cached.record.digest });
    return pulled(cached, fetching);
  }
  if (policy === "never" && source.kind === "registry") {
    throw new OciError(
      "not-found",
      `image "${name}" is not in the cache for ${formatPlatform(platform)}, and the pull policy "never" keeps it from being fetched`,
    );
  }
  return pulled(await fetchNamed(fetching, mayUseCached), fetching);
}

/** One process at a time fetches a name; the others find what it brought. */
function fetchNamed(fetching: Fetching, mayUseCached: boolean): Promise<CachedImage> {
  const { paths, name, platform, signal, onEvent } = fetching;
  return fetchOnce(paths, {
    name,
    platform: formatPlatform(platform),
    signal,
    onWait: (what) => onEvent({ kind: "waiting", what: WAITS[what] }),
    find: async () => {
      const cached = mayUseCached ? await findCached(fetching) : undefined;
      if (cached) onEvent({ kind: "cached", image: name, digest: cached.record.digest });
      return cached;
    },
    fetch: (staging) => fetchImage(fetching, staging),
  });
}

const WAITS = { name: "the same image", removal: "the cache to be cleaned" } as const;

/** A digest names the content itself: there is nothing to look up. */
function isPinned(source: Source): boolean {
  return source.kind === "registry" && source.reference.digest !== undefined;
}

function pulled({ record, tree }: CachedImage, fetching: Fetching): PulledImage {
  const release = () => tree.lock.release();
  return {
    name: fetching.name,
    platform: record.platform,
    directory: tree.directory,
    digest: record.digest,
    unpackedBytes: tree.unpackedBytes,
    release,
    [Symbol.dispose]: release,
  };
}
