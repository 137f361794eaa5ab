import { AptError } from "../errors.ts";
import { type DebArchitecture, type Distribution, RELEASES } from "../names/distributions.ts";
import { formatKernelName, type KernelName } from "../names/kernel-name.ts";
import { compareVersions } from "../names/version.ts";
import {
  type ArchiveKernel,
  flavourOf,
  kernelOf,
  type Pool,
  releaseOf,
  releasesIn,
} from "./kernels.ts";

const USUAL = { debian: "", ubuntu: "generic" } as const;
/** Meta packages may name one another. */
const MOST_META = 4;

/**
 * The kernel that a name stands for among the packages of some suites.
 * @returns undefined if it is not among them
 * @throws AptError "not-found" for a flavour that the release does not have
 */
export function chooseKernel(
  name: KernelName,
  architecture: DebArchitecture,
  pool: Pool,
): ArchiveKernel | undefined {
  switch (name.kind) {
    case "release":
      return usualKernel(name, name.codename, architecture, pool);
    case "exact":
      return kernelOf(name.release, pool);
    case "line":
      return newestOfLine(name, name.line, architecture, pool);
  }
}

/** What the release's meta package depends on. */
function usualKernel(
  name: KernelName,
  codename: string,
  architecture: DebArchitecture,
  pool: Pool,
): ArchiveKernel | undefined {
  const { distribution, flavour } = name;
  const meta = metaPackage(distribution, codename, flavour, architecture);
  if (!pool.has(meta)) {
    const flavours = flavoursIn(distribution, codename, architecture, pool);
    const there =
      flavours.length === 0 ? "none" : flavours.map((one) => one || "the usual one").join(", ");
    throw new AptError(
      "not-found",
      `${distribution} ${codename} has no package "${meta}" for kernel "${formatKernelName(name)}": its flavours are ${there}`,
    );
  }
  return behindMeta(meta, pool);
}

/** Follows a meta package to the kernel that it stands for now. */
export function behindMeta(meta: string, pool: Pool): ArchiveKernel | undefined {
  let at = pool.get(meta);
  for (let steps = 0; at !== undefined && steps < MOST_META; steps++) {
    const release = at.depends.flatMap((name) => releaseOf(name) ?? [])[0];
    if (release !== undefined) return kernelOf(release, pool);
    const next = at.depends.find((name) => name.startsWith("linux-image-"));
    at = next === undefined ? undefined : pool.get(next);
  }
  return undefined;
}

function newestOfLine(
  { distribution, flavour = USUAL[distribution] }: KernelName,
  line: string,
  architecture: DebArchitecture,
  pool: Pool,
): ArchiveKernel | undefined {
  const isOfLine = (release: string) =>
    release.startsWith(line) && /^[.~+-]/.test(release.slice(line.length));
  return releasesIn(pool)
    .filter(
      (release) => isOfLine(release) && flavourOf(distribution, release, architecture) === flavour,
    )
    .flatMap((release) => kernelOf(release, pool) ?? [])
    .sort((a, b) => compareVersions(b.version, a.version))[0];
}

/** The package that depends on the newest kernel of a flavour. */
export function metaPackage(
  distribution: Distribution,
  codename: string,
  flavour: string | undefined,
  architecture: DebArchitecture,
): string {
  if (distribution === "debian") {
    // The size of pages stands behind the processor.
    if (/^[0-9]+k$/.test(flavour ?? "")) return `linux-image-${architecture}-${flavour}`;
    return flavour ? `linux-image-${flavour}-${architecture}` : `linux-image-${architecture}`;
  }
  const version = RELEASES.ubuntu.find((release) => release.codename === codename)?.version;
  const enabled = /^hwe(-edge)?$/.exec(flavour ?? "");
  if (enabled && version !== undefined) {
    return `linux-image-generic-hwe-${version}${enabled[1] ?? ""}`;
  }
  return `linux-image-${flavour ?? "generic"}`;
}

/** The flavours that a release has meta packages for, as names have them; "" is Debian's usual one. */
export function flavoursIn(
  distribution: Distribution,
  codename: string,
  architecture: DebArchitecture,
  pool: Pool,
): string[] {
  const version = RELEASES.ubuntu.find((release) => release.codename === codename)?.version;
  const pattern =
    distribution === "debian"
      ? new RegExp(`^linux-image-(?:([a-z].*)-)?${architecture}(?:-([0-9]+k))?$`)
      : /^linux-image-([a-z].*)$/;
  const flavours = [...pool.keys()].flatMap((name) => {
    const match = pattern.exec(name);
    if (!match || behindMeta(name, pool) === undefined) return [];
    const flavour = match[1] ?? match[2] ?? "";
    if (version === undefined || distribution === "debian") return [flavour];
    const enabled = new RegExp(`^generic-(hwe)-${version}(-edge)?$`).exec(flavour);
    return [enabled ? `hwe${enabled[2] ?? ""}` : flavour];
  });
  return [...new Set(flavours)].sort();
}
