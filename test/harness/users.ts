import { chownSync } from "node:fs";

/** Someone who runs vimto, and the command that becomes them. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly under: readonly string[];
}

/**
 * A user who is not root and owns the directory: us, or when we are root one that no file of the
 * host names.
 */
export function anotherUser(owned: string): User {
  if (process.getuid?.() !== 0) {
    const gid = process.getgid?.() ?? 0;
    const others = (process.getgroups?.() ?? []).filter((group) => group !== gid);
    return { uid: process.getuid?.() ?? 0, gid, groups: [gid, ...others], under: [] };
  }
  const [uid, gid, groups] = [54321, 54322, [54322, 54323, 54324]];
  chownSync(owned, uid, gid);
  const identity = [`--reuid=${uid}`, `--regid=${gid}`, `--groups=${groups.join(",")}`];
  return { uid, gid, groups, under: ["setpriv", ...identity] };
}
