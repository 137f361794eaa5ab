import type { Accounts } from "./host-accounts.ts";

/** A user that a command runs as. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  /** All groups for setgroups(2), the primary one first. */
  readonly groups: readonly number[];
  /** Undefined for a uid without an account; so are home and shell. */
  readonly name: string | undefined;
  readonly home: string | undefined;
  readonly shell: string | undefined;
}

/** The user that runs vimto, with the groups of this process, which may be more than the files say. */
export function callerIdentity(accounts: Accounts): Identity {
  const uid = process.geteuid?.() ?? 0;
  const gid = process.getegid?.() ?? 0;
  const groups = process.getgroups?.() ?? [];
  const entry = accounts.user(uid);
  return {
    uid,
    gid,
    groups: [gid, ...groups.filter((group) => group !== gid)],
    name: entry?.name,
    home: entry?.home,
    shell: entry?.shell,
  };
}
