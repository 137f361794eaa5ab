/** A distribution whose archives have kernels. */
export type Distribution = "debian" | "ubuntu";

/** Processors by Debian's names for them. */
export type DebArchitecture = "amd64" | "arm64";

export type DistributionRelease = {
  readonly codename: string;
  /** "12", "24.04"; testing has one only once it is released. */
  readonly version?: string;
  /** The line that it is released and maintained with: "6.1". */
  readonly line?: string;
};

/**
 * The releases that archives serve, newest first (Debian: www.debian.org/releases; Ubuntu: the
 * distro-info-data package). Others are found by their codename alone.
 */
export const RELEASES: Readonly<Record<Distribution, readonly DistributionRelease[]>> = {
  debian: [
    { codename: "sid" },
    { codename: "forky", version: "14" },
    { codename: "trixie", version: "13", line: "6.12" },
    { codename: "bookworm", version: "12", line: "6.1" },
    { codename: "bullseye", version: "11", line: "5.10" },
  ],
  ubuntu: [
    { codename: "resolute", version: "26.04", line: "7.0" },
    { codename: "questing", version: "25.10", line: "6.17" },
    { codename: "plucky", version: "25.04", line: "6.14" },
    { codename: "noble", version: "24.04", line: "6.8" },
    { codename: "jammy", version: "22.04", line: "5.15" },
    { codename: "focal", version: "20.04", line: "5.4" },
  ],
};

/** Other names of the same release; stable and the like move on, so archives are asked for them. */
const ALIASES: Readonly<Record<string, string>> = { unstable: "sid" };

/** "12" and "bookworm" -> "bookworm"; undefined for a version that is not known. */
export function codenameOf(distribution: Distribution, written: string): string | undefined {
  const known = RELEASES[distribution].find(({ version }) => version === written);
  if (known) return known.codename;
  return /^[a-z][a-z-]*$/.test(written) ? (ALIASES[written] ?? written) : undefined;
}

/** The suites in which the kernels of a release are. */
export function suitesOf(distribution: Distribution, codename: string): readonly string[] {
  const isAlone = ["sid", "experimental"].includes(codename) || codename.includes("-");
  if (distribution === "debian" && isAlone) return [codename];
  return [codename, `${codename}-updates`, `${codename}-security`];
}

/** The codenames to look for a line in, in order: a line that a release is maintained with is there. */
export function codenamesWithLine(
  distribution: Distribution,
  line: string,
): { readonly first: readonly string[]; readonly others: readonly string[] } {
  const releases = RELEASES[distribution];
  const own = releases.filter((release) => release.line === line).map(({ codename }) => codename);
  const all = releases.map(({ codename }) => codename);
  const backports =
    distribution === "debian"
      ? releases.flatMap(({ codename, line }) => (line ? [`${codename}-backports`] : []))
      : [];
  const extra = distribution === "debian" ? ["experimental"] : [];
  return {
    first: own,
    others: [...all, ...backports, ...extra].filter((name) => !own.includes(name)),
  };
}

/** "ubuntu" -> "Ubuntu", as its Release files have it in Origin. */
export const ORIGINS: Readonly<Record<Distribution, string>> = {
  debian: "Debian",
  ubuntu: "Ubuntu",
};
