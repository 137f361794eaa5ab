import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type GroupEntry, type PasswdEntry, parseGroup, parseId, parsePasswd } from "./accounts.ts";

/** The users and groups that a host knows. */
export interface Accounts {
  /** By name, or by uid. */
  user(key: string | number): PasswdEntry | undefined;
  group(name: string): GroupEntry | undefined;
  /** Of /etc/group alone, where a system's own groups are; starts no program. */
  systemGroup(name: string): GroupEntry | undefined;
  /** The groups that a user is in besides the one of the passwd entry. */
  supplementary(user: PasswdEntry): readonly number[];
  /** For suggestions. */
  readonly userNames: readonly string[];
}

/** Runs a program for its output; undefined when it is missing or fails. */
export type Query = (program: string, args: readonly string[]) => string | undefined;

/**
 * The accounts of this host: /etc/passwd and /etc/group, and, for a name that they lack, whatever
 * else nsswitch.conf(5) has, through getent(1) and id(1).
 */
export function hostAccounts(
  files: { readonly passwd: string; readonly group: string } = {
    passwd: readOrEmpty("/etc/passwd"),
    group: readOrEmpty("/etc/group"),
  },
  query: Query = run,
): Accounts {
  const users = parsePasswd(files.passwd);
  const groups = parseGroup(files.group);
  return {
    userNames: users.map((user) => user.name),
    user: (key) =>
      users.find((user) => (typeof key === "number" ? user.uid : user.name) === key) ??
      parsePasswd(query("getent", ["--", "passwd", String(key)]) ?? "")[0],
    group: (name) =>
      groups.find((group) => group.name === name) ??
      parseGroup(query("getent", ["--", "group", name]) ?? "")[0],
    systemGroup: (name) => groups.find((group) => group.name === name),
    supplementary: (user) => {
      const local = users.some((candidate) => candidate.name === user.name);
      const ids = local
        ? membership(groups, user.name)
        : idsOf(query("id", ["-G", "--", user.name]));
      return [...new Set(ids)].filter((gid) => gid !== user.gid);
    },
  };
}

const membership = (groups: readonly GroupEntry[], name: string): number[] =>
  groups.filter((group) => group.members.includes(name)).map((group) => group.gid);

const idsOf = (output = ""): number[] => output.split(/\s+/).flatMap((word) => parseId(word) ?? []);

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const run: Query = (program, args) => {
  const result = spawnSync(program, args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    timeout: 10_000,
  });
  return result.status === 0 ? result.stdout : undefined;
};
