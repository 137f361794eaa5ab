import type { KernelPackage } from "../index/package-list.ts";
import type { SuiteIndex } from "../index/suite-index.ts";
import type { DebArchitecture, Distribution } from "../names/distributions.ts";
import { compareVersions } from "../names/version.ts";

/** A package, and where it is. */
export type LocatedPackage = KernelPackage & { readonly base: string; readonly suite: string };

/** A kernel as an archive offers it, split over one package or several. */
export type ArchiveKernel = {
  /** As uname -r prints it: "6.1.0-56-amd64". */
  readonly release: string;
  /** Of the package with the image. */
  readonly version: string;
  readonly suite: string;
  readonly packages: readonly LocatedPackage[];
  /** Bytes of all packages. */
  readonly size: number;
};

/** The packages of several suites, the newest of each name. */
export type Pool = ReadonlyMap<string, LocatedPackage>;

export function poolOf(indexes: readonly SuiteIndex[]): Pool {
  const pool = new Map<string, LocatedPackage>();
  for (const { base, suite, packages } of indexes) {
    for (const found of packages) {
      const known = pool.get(found.name);
      if (known === undefined || compareVersions(found.version, known.version) > 0) {
        pool.set(found.name, { ...found, base, suite });
      }
    }
  }
  return pool;
}

/** The release of the kernel in an image package; those without a signature for UEFI count too. */
export function releaseOf(packageName: string): string | undefined {
  return /^linux-image-(?:unsigned-)?([0-9].*?)(?:-unsigned)?$/.exec(packageName)?.[1];
}

/**
 * "cloud" of "6.1.0-56-cloud-amd64", "" of "6.1.0-56-amd64", "16k" of "6.12.9-arm64-16k", "generic" of
 * "6.8.0-31-generic".
 */
export function flavourOf(
  distribution: Distribution,
  release: string,
  architecture: DebArchitecture,
): string | undefined {
  if (distribution === "ubuntu") return /^[0-9][^-]*-[0-9]+-(.+)$/.exec(release)?.[1];
  const found = /^[0-9][^-]*(?:-[0-9][^-]*)?-(?:(.+)-)?(amd64|arm64)(?:-(.+))?$/.exec(release);
  return found?.[2] === architecture ? (found[1] ?? found[3] ?? "") : undefined;
}

/** The kernel of a signed image package, or, without one, of an unsigned one. */
export function kernelOf(release: string, pool: Pool): ArchiveKernel | undefined {
  const image =
    pool.get(`linux-image-${release}`) ??
    pool.get(`linux-image-unsigned-${release}`) ??
    pool.get(`linux-image-${release}-unsigned`);
  if (image === undefined) return undefined;
  const packages = partsOf(image, release, pool);
  const size = packages.reduce((sum, part) => sum + part.size, 0);
  return { release, version: image.version, suite: image.suite, packages, size };
}

/**
 * The image and the packages of the same release that it depends on, with the modules that Ubuntu
 * leaves out of them and recommends by its meta packages.
 */
function partsOf(image: LocatedPackage, release: string, pool: Pool): LocatedPackage[] {
  const parts = new Map([[image.name, image]]);
  const add = (name: string) => {
    const isPart = name.startsWith("linux-") && name.endsWith(`-${release}`);
    const found = isPart && releaseOf(name) === undefined ? pool.get(name) : undefined;
    if (found === undefined || parts.has(name)) return;
    parts.set(name, found);
    for (const next of found.depends) add(next);
  };
  for (const name of image.depends) add(name);
  add(`linux-modules-extra-${release}`);
  return [...parts.values()];
}

/** The releases of all kernels in a pool. */
export function releasesIn(pool: Pool): string[] {
  return [...new Set([...pool.keys()].flatMap((name) => releaseOf(name) ?? []))];
}
