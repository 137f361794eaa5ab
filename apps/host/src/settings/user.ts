import { parseId } from "../host/accounts.ts";
import type { Accounts } from "../host/host-accounts.ts";
import type { Identity } from "../host/identity.ts";
import { didYouMean } from "./nearest.ts";
import { quoted, UserError } from "./user-error.ts";

/**
 * Resolves NAME, UID, NAME:GROUP or UID:GID as the host knows them. A uid without an account gets the
 * group of the same number; a group that is named is the only one.
 *
 * @param name what a sentence calls the value, such as "--user"
 * @throws UserError user for an unknown user or group, or a number that is no id
 */
export function resolveUser(text: string, name: string, accounts: Accounts): Identity {
  const bad = (why: string) => new UserError("user", `${name} ${quoted(text)} ${why}`);
  const [who = "", groupText, extra] = text.split(":");
  if (who === "" || groupText === "" || extra !== undefined) {
    throw bad("is not NAME, UID or UID:GID; write for example nobody or 1000:1000");
  }
  const id = parseId(who);
  if (id === undefined && /^-?\d+$/.test(who)) {
    throw bad("has no user id; write a number from 0 to 4294967294");
  }
  const entry = accounts.user(id ?? who);
  const uid = entry?.uid ?? id;
  if (uid === undefined) {
    const otherwise = "write a name from /etc/passwd, or UID:GID";
    throw bad(`is no user of this host${didYouMean(who, accounts.userNames, otherwise, quoted)}`);
  }
  const named = { name: entry?.name, home: entry?.home, shell: entry?.shell };
  if (groupText !== undefined) {
    const gid = parseId(groupText) ?? accounts.group(groupText)?.gid;
    if (gid === undefined) {
      throw bad(`has the group ${quoted(groupText)}, which this host does not know; write a GID`);
    }
    return { uid, gid, groups: [gid], ...named };
  }
  const gid = entry?.gid ?? uid;
  const more = entry === undefined ? [] : accounts.supplementary(entry);
  return { uid, gid, groups: [gid, ...more], ...named };
}
