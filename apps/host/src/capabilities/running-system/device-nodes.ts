import type { StaticNode } from "@vimto/kernel";
import { AT_FDCWD, S_IFBLK, S_IFCHR } from "@vimto/linux";
import type { GuestScript } from "../../steps.ts";

/** Groups that own device nodes, by name; undefined for one that the host does not have. */
export type DeviceGroups = Readonly<Record<"disk" | "kvm" | "tty", number | undefined>>;
export const deviceGroups = ["disk", "kvm", "tty"] as const;

type Access = { readonly mode: number; readonly group?: keyof DeviceGroups };

/**
 * What udev's own rules make of nodes (systemd, rules.d/50-udev-default.rules and, for the modes of kvm and
 * vhost, Debian's build of it). Other nodes are root's alone.
 */
const access: Readonly<Record<string, Access>> = {
  "btrfs-control": { mode: 0o660, group: "disk" },
  full: { mode: 0o666 },
  fuse: { mode: 0o666 },
  kvm: { mode: 0o660, group: "kvm" },
  "loop-control": { mode: 0o660, group: "disk" },
  "net/tun": { mode: 0o666 },
  null: { mode: 0o666 },
  ptmx: { mode: 0o666, group: "tty" },
  random: { mode: 0o666 },
  "snd/seq": { mode: 0o660 },
  "snd/timer": { mode: 0o660 },
  tty: { mode: 0o666, group: "tty" },
  urandom: { mode: 0o666 },
  "vfio/vfio": { mode: 0o666 },
  "vhost-net": { mode: 0o660, group: "kvm" },
  "vhost-vsock": { mode: 0o660, group: "kvm" },
  zero: { mode: 0o666 },
};

const DEFAULT_MODE = 0o600;
const optional = { failure: "ignore" } as const;

/** Makes the nodes that open their module, and gives all nodes the modes of a system with udev. */
export function makeDeviceNodes(
  script: GuestScript,
  nodes: readonly StaticNode[],
  groups: DeviceGroups,
): void {
  for (const { name, kind, major, minor } of nodes) {
    const path = `/dev/${name}`;
    const step = `make-node ${path}` as const;
    const [, directory] = /^(.*)\//.exec(name) ?? [];
    if (directory !== undefined)
      script.call(step, "mkdirat", [AT_FDCWD, `/dev/${directory}`, 0o755], optional);
    const type = kind === "char" ? S_IFCHR : S_IFBLK;
    // The nodes of built-in drivers exist already.
    script.call(
      step,
      "mknodat",
      [AT_FDCWD, path, type | DEFAULT_MODE, deviceNumber(major, minor)],
      optional,
    );
  }
  for (const [name, { mode, group }] of Object.entries(access)) {
    const path = `/dev/${name}`;
    const step = `make-node ${path}` as const;
    const gid = group === undefined ? undefined : groups[group];
    if (gid !== undefined) script.call(step, "fchownat", [AT_FDCWD, path, 0, gid, 0], optional);
    // Without the group that it is meant for, a node stays root's.
    if (group === undefined || gid !== undefined || (mode & 0o007) !== 0)
      script.call(step, "fchmodat", [AT_FDCWD, path, mode], optional);
  }
}

/** As mknod(2) takes it: include/linux/kdev_t.h, new_encode_dev. */
const deviceNumber = (major: number, minor: number): number =>
  (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
