import { fetchOnce, type Staging } from "@vimto/store";
import type { Context } from "../context.ts";
import { AptError, asAptError } from "../errors.ts";
import type { SuiteIndex } from "../index/suite-index.ts";
import { behindMeta, flavoursIn, metaPackage } from "../kernels/choose.ts";
import { loadOrSkip } from "../kernels/find.ts";
import { type ArchiveKernel, kernelOf, poolOf, releasesIn } from "../kernels/kernels.ts";
import { type Distribution, RELEASES } from "../names/distributions.ts";
import { formatKernelName } from "../names/kernel-name.ts";
import { platformOf } from "../names/platform.ts";
import { compareVersions } from "../names/version.ts";
import { type ArchiveOptions, contextOf } from "../options.ts";

/** A kernel that can be fetched by its name. */
export type ListedKernel = {
  /** "debian:bookworm/cloud", or, where each kernel is listed, "debian:6.1.0-56-amd64". */
  readonly name: string;
  /** As uname -r prints it. */
  readonly release: string;
  /** Where it is: "bookworm-security". */
  readonly suite: string;
  /** Of the package. */
  readonly version: string;
  /** Bytes to fetch. */
  readonly size: number;
  /** Is this very release in the store, under this name or another? */
  readonly cached: boolean;
};

export type ListOptions = ArchiveOptions & {
  readonly distribution: Distribution;
  /** Codenames; by default all known ones. */
  readonly releases?: readonly string[];
  /** Each kernel that there is by its exact name, and not only the newest of each flavour. */
  readonly all?: boolean;
};

/**
 * What the archives of a distribution offer, newest release of it first. Releases that cannot be asked
 * are left out, with a note.
 * @throws AptError if no release can be asked
 */
export async function listKernels(options: ListOptions): Promise<ListedKernel[]> {
  const context = contextOf(options, true);
  const { onEvent, signal, paths, architecture } = context;
  try {
    return await fetchOnce(paths, {
      name: `the indexes of ${options.distribution}`,
      platform: platformOf(architecture),
      signal,
      onWait: () => onEvent({ kind: "waiting", what: "the same indexes" }),
      find: async () => undefined,
      fetch: (staging) => listWith(options, context, staging),
    });
  } catch (error) {
    throw asAptError(error);
  }
}

async function listWith(
  options: ListOptions,
  context: Context,
  staging: Staging,
): Promise<ListedKernel[]> {
  const { distribution, all = false } = options;
  const releases = options.releases ?? RELEASES[distribution].map(({ codename }) => codename);
  const cached = new Set(
    options.store
      .images()
      .filter(({ platform }) => platform === platformOf(context.architecture))
      .flatMap(({ release }) => release ?? []),
  );
  const listed: ListedKernel[] = [];
  const problems: string[] = [];
  for (const codename of releases) {
    const indexes = await loadOrSkip(distribution, codename, context, staging, problems);
    listed.push(...listRelease(distribution, codename, all, context, indexes, cached));
  }
  if (listed.length === 0 && problems[0] !== undefined) throw new AptError("network", problems[0]);
  // The same kernel may be in two releases, as in testing and in unstable.
  return listed.filter(({ name }, at) => listed.findIndex((other) => other.name === name) === at);
}

function listRelease(
  distribution: Distribution,
  codename: string,
  all: boolean,
  context: Context,
  indexes: readonly SuiteIndex[],
  cached: ReadonlySet<string>,
): ListedKernel[] {
  const pool = poolOf(indexes);
  const described = (name: string, kernel: ArchiveKernel | undefined): ListedKernel[] => {
    if (kernel === undefined) return [];
    const { release, suite, version, size } = kernel;
    return [{ name, release, suite, version, size, cached: cached.has(release) }];
  };
  if (all) {
    return releasesIn(pool)
      .flatMap((release) => {
        const name = formatKernelName({ distribution, kind: "exact", release });
        return described(name, kernelOf(release, pool));
      })
      .sort((a, b) => compareVersions(b.version, a.version));
  }
  const { architecture } = context;
  const flavours = flavoursIn(distribution, codename, architecture, pool).map((written) => {
    const isUsual = written === (distribution === "ubuntu" ? "generic" : "");
    const flavour = isUsual ? {} : { flavour: written };
    const name = formatKernelName({ distribution, kind: "release", codename, ...flavour });
    const meta = metaPackage(distribution, codename, written, architecture);
    return described(name, behindMeta(meta, pool));
  });
  // Ubuntu has dozens of names for a few kernels: the shortest one is shown.
  const rows = flavours.flat().sort((a, b) => a.name.length - b.name.length);
  return rows.filter(({ release }, at) => rows.findIndex((row) => row.release === release) === at);
}
