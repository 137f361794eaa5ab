import type { SharedDirectory } from "../host/facts.ts";
import { isWithin } from "./paths.ts";

/** Where a distribution's own programs live: running one does not mean to write there. */
const SYSTEM = [
  "/bin",
  "/sbin",
  "/lib",
  "/lib64",
  "/usr",
  "/etc",
  "/boot",
  "/opt",
  "/nix",
  "/proc",
  "/sys",
  "/dev",
];

/**
 * The host directories that the guest may write to, or only read if asked so; outer ones first. Of two
 * of the same kind, one within the other, the outer one stays. The root itself is never shared so.
 *
 * @param asked what --share names
 * @param implied what the run implies; both by their real paths
 */
export function planShares(
  asked: readonly SharedDirectory[],
  implied: readonly string[],
): SharedDirectory[] {
  const wanted = [...asked];
  for (const path of implied) {
    if (path === "/" || SYSTEM.some((system) => isWithin(path, system))) continue;
    if (!wanted.some((share) => share.path === path)) wanted.push({ path, readonly: false });
  }
  wanted.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const kept: SharedDirectory[] = [];
  for (const share of wanted) {
    const outer = kept.findLast(({ path }) => isWithin(share.path, path));
    if (outer === undefined || outer.readonly !== share.readonly) kept.push(share);
  }
  return kept;
}
