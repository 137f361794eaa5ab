import { AptError } from "../errors.ts";
import type { DebArchitecture, Distribution } from "../names/distributions.ts";
import type { HostApt } from "./host-apt.ts";

/** A place that may have a suite. */
export type Archive = {
  /** Ends with a slash: "http://deb.debian.org/debian/". */
  readonly base: string;
  /** The keyring that the host's own entry names. */
  readonly keyring?: string;
  readonly checkValidUntil: boolean;
  /** Is it one of the host's own sources? Then it may be another vendor's with the same suite. */
  readonly isHosts: boolean;
};

/** Mirrors of the user's choice, as URLs; they are asked instead of the public archives. */
export type Mirrors = Readonly<Partial<Record<Distribution, string>>>;

/** The archives that every user of the distribution has by default. */
const PUBLIC = {
  debian: "http://deb.debian.org/debian",
  debianSecurity: "http://deb.debian.org/debian-security",
  ubuntu: {
    amd64: "http://archive.ubuntu.com/ubuntu",
    arm64: "http://ports.ubuntu.com/ubuntu-ports",
  },
} as const;

/**
 * Where a suite may be, in the order to ask: the user's mirror alone; or the host's own sources of the suite,
 * then the public archive.
 * @throws AptError "name" for a mirror that is no URL
 */
export function archivesFor(
  distribution: Distribution,
  suite: string,
  architecture: DebArchitecture,
  mirrors: Mirrors,
  host: HostApt,
): Archive[] {
  const mirror = mirrors[distribution];
  const isSecurity = distribution === "debian" && suite.endsWith("-security");
  const { checkValidUntil } = host;
  if (mirror !== undefined) {
    const base = slashed(checked(distribution, mirror));
    const security = base.replace(/\/debian\/$/, "/debian-security/");
    return [{ base: isSecurity ? security : base, checkValidUntil, isHosts: false }];
  }
  const own = host.sources
    .filter(
      (source) =>
        source.suites.includes(suite) &&
        source.components.includes("main") &&
        (source.architectures.length === 0 || source.architectures.includes(architecture)),
    )
    .map(
      (source): Archive => ({
        base: slashed(source.uri),
        checkValidUntil: checkValidUntil && source.checkValidUntil,
        isHosts: true,
        ...(source.keyring === undefined ? {} : { keyring: source.keyring }),
      }),
    );
  const common =
    distribution === "ubuntu"
      ? PUBLIC.ubuntu[architecture]
      : isSecurity
        ? PUBLIC.debianSecurity
        : PUBLIC.debian;
  const last = { base: slashed(common), checkValidUntil, isHosts: false };
  return [...own, last].filter(
    ({ base }, at, all) => all.findIndex((archive) => archive.base === base) === at,
  );
}

const slashed = (url: string) => url.replace(/\/*$/, "/");

function checked(distribution: Distribution, mirror: string): string {
  if (/^https?:\/\//.test(mirror) && URL.canParse(mirror)) return mirror;
  const example = distribution === "debian" ? PUBLIC.debian : PUBLIC.ubuntu.amd64;
  throw new AptError(
    "name",
    `mirror ${JSON.stringify(mirror)} for ${distribution} is not a URL: write one such as ${example}`,
  );
}
