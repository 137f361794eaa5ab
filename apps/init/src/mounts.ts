import { mkdirSync, symlinkSync } from "node:fs";
import { mount, SystemError } from "./syscalls.ts";

const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_NOEXEC = 8;

type FileSystem = readonly [type: string, target: string, flags: number, data?: string];

/**
 * What a Linux system has below /dev, /proc and /sys. The kernel need not have all of them: one that it
 * lacks is passed over. They are mounted here, before the host's files, and appear in the command's root
 * by a recursive bind mount.
 */
const fileSystems: readonly FileSystem[] = [
  ["devpts", "/dev/pts", MS_NOSUID | MS_NOEXEC, "gid=5,mode=620,ptmxmode=666"],
  ["tmpfs", "/dev/shm", MS_NOSUID | MS_NODEV, "mode=1777"],
  ["mqueue", "/dev/mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ["cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ["securityfs", "/sys/kernel/security", MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ["debugfs", "/sys/kernel/debug", MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ["tracefs", "/sys/kernel/tracing", MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ["configfs", "/sys/kernel/config", MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ["bpf", "/sys/fs/bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"],
  ["fusectl", "/sys/fs/fuse/connections", MS_NOSUID | MS_NODEV | MS_NOEXEC],
];

/** Links that every Linux system has in /dev and devtmpfs does not (bash's `<(...)` needs /dev/fd). */
const links = [
  ["/proc/self/fd", "/dev/fd"],
  ["/proc/self/fd/0", "/dev/stdin"],
  ["/proc/self/fd/1", "/dev/stdout"],
  ["/proc/self/fd/2", "/dev/stderr"],
  ["/proc/kcore", "/dev/core"],
] as const;

export function mountFileSystems(): void {
  for (const directory of ["/dev/pts", "/dev/shm", "/dev/mqueue"])
    mkdirSync(directory, { recursive: true });
  for (const [type, target, flags, data] of fileSystems) {
    try {
      mount(type, target, type, flags, data);
    } catch (error) {
      // ENODEV: no such file system; ENOENT: its mount point comes with it; EBUSY: mounted by the kernel.
      if (!(error instanceof SystemError)) throw error;
    }
  }
  for (const [target, link] of links) {
    try {
      symlinkSync(target, link);
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
    }
  }
}

/**
 * Makes the directories that the host's script mounts on (apps/host/src/plan/root.ts), and the tmpfs
 * that takes what the command writes.
 */
export function prepareRoot(): void {
  mkdirSync("/root", { recursive: true });
  mkdirSync("/lower");
  mkdirSync("/upper");
  mount("tmpfs", "/upper", "tmpfs", 0, "mode=0755");
}
