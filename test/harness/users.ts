import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { base, sharedCache } from "./place.ts";

/** A user to run vimto as, and the command that changes to that user. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly under: readonly string[];
  /** A cache that they may write. */
  readonly cache: string;
}

/**
 * A user other than root that owns the directory: the one that runs the tests, or when that is root, one that
 * owns no file of the host.
 */
export function anotherUser(owned: string): User {
  if (process.getuid?.() !== 0) {
    const gid = process.getgid?.() ?? 0;
    const others = (process.getgroups?.() ?? []).filter((group) => group !== gid);
    return {
      uid: process.getuid?.() ?? 0,
      gid,
      groups: [gid, ...others],
      under: [],
      cache: sharedCache,
    };
  }
  const [uid, gid, groups] = [54321, 54322, [54322, 54323, 54324]];
  const cache = join(base, `cache-${uid}`);
  mkdirSync(cache, { recursive: true });
  for (const path of [owned, cache]) chownSync(path, uid, gid);
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, `--groups=${groups.join(",")}`];
  return { uid, gid, groups, under: ["setpriv", ...identity], cache };
}
