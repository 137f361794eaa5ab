import { OciError } from "../errors.ts";
import { formatPlatform, type Platform, platformMatches } from "../names/platform.ts";
import type { ImageConfig, Index, IndexEntry } from "./manifest.ts";

/**
 * The entry of an index to use on a platform. Never an attestation, which BuildKit stores as an entry for
 * "unknown/unknown"; an entry without a platform only if it is the only entry.
 * @throws OciError "platform", with a list of the platforms that there are
 */
export function choosePlatform(index: Index, wanted: Platform, what: string): IndexEntry {
  const entries = index.entries.filter(
    ({ platform, annotations }) =>
      platform?.os !== "unknown" && annotations["vnd.docker.reference.type"] === undefined,
  );
  const found = entries.find(({ platform }) => platform && platformMatches(wanted, platform));
  if (found) return found;
  const [only] = entries;
  if (only && entries.length === 1 && !only.platform) return only;
  const offered = entries.flatMap(({ platform }) => (platform ? [formatPlatform(platform)] : []));
  throw missingPlatform(what, wanted, [...new Set(offered)]);
}

/** Checks the platform that an image without an index has in its config; an image without one passes. */
export function checkPlatform(config: ImageConfig, wanted: Platform, what: string): void {
  const { os = wanted.os, architecture, variant } = config;
  if (architecture === undefined) return;
  const offered = { os, architecture, ...(variant === undefined ? {} : { variant }) };
  if (platformMatches(wanted, offered)) return;
  throw missingPlatform(what, wanted, [formatPlatform(offered)]);
}

function missingPlatform(what: string, wanted: Platform, offered: readonly string[]): OciError {
  const list = offered.length === 0 ? "nothing that names its platform" : offered.join(", ");
  return new OciError(
    "platform",
    `${what} is not there for ${formatPlatform(wanted)}: it has ${list}`,
  );
}
