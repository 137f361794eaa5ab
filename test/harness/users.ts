import { chownSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { base, sharedCache } from "./place.ts";

/** Someone who runs vimto, and the command that becomes them. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly under: readonly string[];
  /** A cache that they may write. */
  readonly cache: string;
}

/**
 * A user who is not root and owns the directory: us, or when we are root one that no file of the
 * host names.
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
