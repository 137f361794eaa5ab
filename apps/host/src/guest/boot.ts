import { basename } from "node:path";
import {
  AF_INET,
  type Architecture,
  AT_FDCWD,
  EEXIST,
  IFF_UP,
  MS_BIND,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  O_CLOEXEC,
  O_RDONLY,
  S_IFCHR,
  SIOCSIFFLAGS,
  SOCK_DGRAM,
} from "@vimto/linux";
import { KEPT, Script } from "@vimto/script";
import type { Capability } from "../capabilities/capability.ts";
import { ifreq } from "../capabilities/network/requests.ts";
import type { GuestScript, Step } from "../steps.ts";
import { LOWER, overlayDirectories, READY, READY_MOUNTS, ROOT, UPPER } from "./root.ts";

/** The attribute of a directory that hides the lower layers of an overlay below its name. */
const OPAQUE = "trusted.overlay.opaque";

/** Its marks are `bootMoments` of the protocol; the first and the last are guest init's own. */
const MODULES_LOADED = 1;
const FILE_SYSTEMS_MOUNTED = 2;

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
  ["hugetlbfs", "/dev/hugepages", MS_NOSUID | MS_NODEV],
  ["binfmt_misc", "/proc/sys/fs/binfmt_misc", MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ["cgroup2", "/sys/fs/cgroup", MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ["securityfs", "/sys/kernel/security", MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ["debugfs", "/sys/kernel/debug", MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ["tracefs", "/sys/kernel/tracing", MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ["configfs", "/sys/kernel/config", MS_NOSUID | MS_NODEV | MS_NOEXEC],
  ["bpf", "/sys/fs/bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"],
  ["fusectl", "/sys/fs/fuse/connections", MS_NOSUID | MS_NODEV | MS_NOEXEC],
];

/**
 * Where a guest would suspend itself. 9p and the root do not work after that (net/9p/trans_virtio.c has no freeze and
 * restore), and virtiofs refuses it; so it can be read and not written.
 */
const POWER_STATE = "/sys/power/state";

/** Links in /dev that every Linux system has and devtmpfs lacks (bash's `<(...)` needs /dev/fd). */
const links = [
  ["/proc/self/fd", "/dev/fd"],
  ["/proc/self/fd/0", "/dev/stdin"],
  ["/proc/self/fd/1", "/dev/stdout"],
  ["/proc/self/fd/2", "/dev/stderr"],
  ["/proc/kcore", "/dev/core"],
] as const;

/** A kernel module: its file on the host, and the one in the initramfs. */
export type BootModule = {
  readonly name: string;
  readonly hostPath: string;
  readonly path: string;
};

/** What the initramfs brings along for one kernel. */
export type BootPlan = {
  readonly arch: Architecture;
  /** In the order in which they are loaded. */
  readonly modules: readonly BootModule[];
  /** What guest init calls a step that failed. */
  readonly nameOf: (step: Step) => string;
  readonly script: GuestScript;
};

/** `files` are modules on the host, dependencies first. */
export function planBoot(
  arch: Architecture,
  files: readonly string[],
  capabilities: readonly Capability[],
  nameOf: BootPlan["nameOf"],
): BootPlan {
  const modules = files.map((hostPath, index) => {
    const name = basename(hostPath).replace(/\.ko(\.\w+)?$/, "");
    // Numbered, because two directories may have modules of one name.
    return { name, hostPath, path: `/vimto/modules/${String(index).padStart(3, "0")}-${name}.ko` };
  });
  return { arch, modules, nameOf, script: bootScript(arch, modules, capabilities) };
}

/**
 * What a machine does before it says hello, for no run in particular: it loads modules, in order, mounts what
 * every system has, and makes the directories that the root is built on (root.ts). Guest init runs it as
 * process 1, where /proc, /sys and /dev are mounted.
 */
function bootScript(
  arch: Architecture,
  modules: readonly BootModule[],
  capabilities: readonly Capability[],
): GuestScript {
  const script = new Script<Step>(arch);
  for (const module of modules) loadModule(script, module);
  script.mark(MODULES_LOADED);
  mountFileSystems(script);
  script.mark(FILE_SYSTEMS_MOUNTED);
  prepareRoot(script);
  bringLoopbackUp(script);
  for (const { boot } of capabilities) boot?.(script);
  return script;
}

/** Deleting the file frees its memory. A module that the kernel has built in is no failure. */
function loadModule(script: GuestScript, { name, path }: BootModule): void {
  const step = `load-module ${name}` as const;
  script.call(step, "openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], { keep: true });
  script.call(step, "finit_module", [KEPT, "", 0], { except: EEXIST });
  script.call(step, "close", [KEPT]);
  script.call(step, "unlinkat", [AT_FDCWD, path, 0]);
}

function mountFileSystems(script: GuestScript): void {
  const optional = { failure: "ignore" } as const;
  for (const directory of ["/dev/pts", "/dev/shm", "/dev/mqueue", "/dev/hugepages"])
    script.call(`make-directory ${directory}`, "mkdirat", [AT_FDCWD, directory, 0o755], optional);
  for (const [type, target, flags, data = ""] of fileSystems)
    script.call(`mount ${target}`, "mount", [type, target, type, flags, data], optional);
  for (const flags of [MS_BIND, MS_BIND | MS_REMOUNT | MS_RDONLY])
    script.call(
      `mount ${POWER_STATE}`,
      "mount",
      [POWER_STATE, POWER_STATE, "", flags, ""],
      optional,
    );
  for (const [target, link] of links)
    script.call(`link ${link}`, "symlinkat", [target, AT_FDCWD, link], optional);
}

/**
 * Everything of the root (root.ts) that does not need the host's files: the tmpfs that takes what is written,
 * with the directories of the first overlay, and what is mounted in the root, ready to be moved there. Its
 * mount points are opaque, so that the overlay does not look for them in its lower layers
 * (Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories").
 */
function prepareRoot(script: GuestScript): void {
  const make = (directory: string, failure: "stop" | "ignore" = "stop") =>
    script.call(`make-directory ${directory}`, "mkdirat", [AT_FDCWD, directory, 0o755], {
      failure,
    });
  make(ROOT, "ignore");
  for (const directory of [LOWER, UPPER, READY]) make(directory);
  script.call(`mount ${UPPER}`, "mount", ["tmpfs", UPPER, "tmpfs", 0, "mode=0755"]);
  const { upper, work } = overlayDirectories("root");
  for (const directory of [upper, work]) make(directory);
  // What Docker leaves in the root of a container: the guest is none, though vimto may run in one.
  script.call("hide /.dockerenv", "mknodat", [AT_FDCWD, `${upper}/.dockerenv`, S_IFCHR, 0], {
    failure: "ignore",
  });
  for (const [name, mode] of Object.entries(READY_MOUNTS)) {
    make(`${upper}/${name}`);
    script.call("mark-mount-point", "setxattr", [`${upper}/${name}`, OPAQUE, "y", 1, 0], {
      failure: "ignore",
    });
    make(`${READY}/${name}`);
    const step = `prepare /${name}` as const;
    if (mode === undefined)
      script.call(step, "mount", [`/${name}`, `${READY}/${name}`, "", MS_BIND | MS_REC, ""]);
    else {
      const flags = MS_NOSUID | MS_NODEV;
      script.call(step, "mount", ["tmpfs", `${READY}/${name}`, "tmpfs", flags, `mode=${mode}`]);
    }
  }
}

/** A kernel without a network has no loopback. */
function bringLoopbackUp(script: GuestScript): void {
  const step = "bring-loopback-up";
  const request = ifreq("lo", Uint8Array.of(IFF_UP, 0));
  const optional = { failure: "ignore" } as const;
  script.call(step, "socket", [AF_INET, SOCK_DGRAM | O_CLOEXEC, 0], { ...optional, keep: true });
  script.call(step, "ioctl", [KEPT, SIOCSIFFLAGS, request], optional);
  script.call(step, "close", [KEPT], optional);
}
