import type { StaticNode } from "@vimto/kernel";
import { AT_FDCWD } from "@vimto/linux";
import type { Identity } from "../../host/identity.ts";
import type { GuestScript } from "../../steps.ts";
import type { Capability } from "../capability.ts";
import { writeSetting } from "../write-setting.ts";
import { type DeviceGroups, makeDeviceNodes } from "./device-nodes.ts";

export type SystemInputs = {
  readonly nodes: readonly StaticNode[];
  readonly groups: DeviceGroups;
  /** The user of the command. */
  readonly user: Pick<Identity, "uid" | "gid">;
  /** Where the boot prepares /run, to be moved into the root of a run. */
  readonly run: string;
  /** What lies over the host's root, and where /sbin leads there. */
  readonly upper: string;
  readonly sbin: string;
};

/** Directories that systemd-tmpfiles(8) makes in /run, with their modes; programs expect them. */
const directories = [
  ["lock", 0o1777],
  ["user", 0o755],
  ["dbus", 0o755],
  ["sshd", 0o755],
] as const;

/**
 * File systems with a single superblock that vimto has mounted. The kernel refuses a second mount in the same
 * place, so that mount goes to guest init (apps/init/src/roles/mount-helper.ts).
 */
const mounted = [
  "binfmt_misc",
  "cgroup2",
  "configfs",
  "debugfs",
  "fusectl",
  "mqueue",
  "securityfs",
  "tracefs",
] as const;

/** "/usr" of "/usr/sbin". */
const parents = (path: string): string[] => {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
};

/**
 * What udev, systemd-tmpfiles and sysctl.d do when a system starts, as far as programs rely on it
 * (docs/system.md). It happens before hello, so that clones start with it; only the user's runtime directory
 * belongs to a run.
 */
export const runningSystem = ({
  nodes,
  groups,
  user,
  run,
  upper,
  sbin,
}: SystemInputs): Capability => ({
  name: "running system",
  boot: (script) => {
    makeDeviceNodes(script, nodes, groups);
    for (const [name, mode] of directories) makeDirectory(script, `${run}/${name}`, mode);
    for (const path of [...parents(sbin), sbin]) makeDirectory(script, `${upper}${path}`, 0o755);
    for (const type of mounted)
      script.call(
        `link ${sbin}/mount.${type}`,
        "symlinkat",
        ["/proc/1/exe", AT_FDCWD, `${upper}${sbin}/mount.${type}`],
        optional,
      );
    // systemd's 50-default.conf: every group may use ping's sockets.
    writeSetting(script, "/proc/sys/net/ipv4/ping_group_range", "0 2147483647");
  },
  run: (script, root) => {
    const path = `${root}/run/user/${user.uid}` as const;
    makeDirectory(script, path, 0o700);
    script.call(
      `make-directory ${path}`,
      "fchownat",
      [AT_FDCWD, path, user.uid, user.gid, 0],
      optional,
    );
  },
  template: "own",
});

const optional = { failure: "ignore" } as const;

/** With this mode, whatever the umask is. */
function makeDirectory(script: GuestScript, path: string, mode: number): void {
  const step = `make-directory ${path}` as const;
  script.call(step, "mkdirat", [AT_FDCWD, path, mode], optional);
  script.call(step, "fchmodat", [AT_FDCWD, path, mode], optional);
}
