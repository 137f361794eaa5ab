import type { ImpliedDirectory, SharedDirectory } from "../host/facts.ts";
import { isWithin } from "./paths.ts";

/** Where a distribution's own programs live: running one does not mean to write there. */
const PROGRAMS = ["/bin", "/sbin", "/lib", "/lib64", "/usr", "/etc", "/boot", "/opt", "/nix"];

/**
 * Directories that a guest has of its own: a share would hide them, and the host does not get what is written
 * there.
 */
const GUESTS_OWN = ["/proc", "/sys"];

/** Directories that are too wide to be shared for writing because a run happens to be in them. */
const WIDE = ["/", "/usr", "/etc", "/bin", "/sbin", "/lib", "/lib64", "/boot", "/nix", "/dev"];

export type PlannedShares = {
  readonly shares: readonly SharedDirectory[];
  /** Sentences about directories in which nothing that the command writes is kept. */
  readonly warnings: readonly string[];
};

/**
 * The host directories that the guest may write to, or only read if asked so; outer ones first. Of two
 * of the same kind, one within the other, the outer one stays.
 *
 * A directory that a run implies is shared, unless it is the root or another wide directory of the system: then
 * a warning says that what is written there is lost.
 *
 * @param asked what --share names
 * @param implied what the run implies; both by their real paths
 */
export function planShares(
  asked: readonly SharedDirectory[],
  implied: readonly ImpliedDirectory[],
): PlannedShares {
  const wanted = [...asked];
  const unshared: ImpliedDirectory[] = [];
  for (const directory of implied) {
    const { path, by } = directory;
    if (by === "program" && PROGRAMS.some((system) => isWithin(path, system))) continue;
    if (GUESTS_OWN.some((own) => isWithin(path, own)) || WIDE.includes(path)) {
      unshared.push(directory);
      continue;
    }
    if (!wanted.some((share) => share.path === path)) wanted.push({ path, readonly: false });
  }
  wanted.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const shares: SharedDirectory[] = [];
  for (const share of wanted) {
    const outer = shares.findLast(({ path }) => isWithin(share.path, path));
    if (outer === undefined || outer.readonly !== share.readonly) shares.push(share);
  }
  const isKept = (path: string) =>
    shares.some((share) => !share.readonly && isWithin(path, share.path));
  const lost = unshared.filter(({ path, by }) => by !== "program" && !isKept(path));
  return { shares, warnings: [...new Set(lost.map(sentence))] };
}

const sentence = ({ path, by }: ImpliedDirectory): string =>
  GUESTS_OWN.some((own) => isWithin(path, own))
    ? `the ${by} ${JSON.stringify(path)} is the guest's own there: what the command writes to it does not reach the host`
    : `the ${by} ${JSON.stringify(path)} is not shared, as it is a directory of the system: what the command writes there is lost, but for what is below a --share`;
