import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { containerStorage } from "../../apps/host/src/capabilities/container-storage/container-storage.ts";
import { share9p } from "../../apps/host/src/capabilities/share-9p/share-9p.ts";
import { shareVirtiofs } from "../../apps/host/src/capabilities/share-virtiofs/share-virtiofs.ts";
import { virtiofsd } from "../../apps/host/src/capabilities/share-virtiofs/testing/virtiofsd.ts";
import { planBoot } from "../../apps/host/src/guest/boot.ts";
import { buildRoot, type RootPlan } from "../../apps/host/src/guest/root.ts";
import type { Step } from "../../apps/host/src/steps.ts";
import { guestInit } from "../../apps/init/src/init.ts";
import { helloFields } from "../../apps/init/src/main.ts";
import { modprobe } from "../../apps/init/src/modprobe/modprobe.ts";
import { placeInSources } from "../../apps/init/src/place.ts";
import * as linux from "../../libs/linux/src/constants.ts";
import { type SyscallName, syscalls } from "../../libs/linux/src/syscalls.ts";
import { bootMoments } from "../../libs/protocol/src/frames.ts";
import { Script } from "../../libs/script/src/script.ts";
import { listing } from "../../libs/script/src/testing/listing.ts";

/**
 * The oldest kernel that people test on. What a guest does needs nothing that came later, or has a way around
 * it that is named here.
 */
const OLDEST = "4.19";

const root = join(import.meta.dirname, "../..");

/** Of each system call the release that brought it (syscalls(2)); "1.0" for those of before 2.0. */
const callsSince: Readonly<Record<SyscallName, string>> = {
  read: "1.0",
  write: "1.0",
  close: "1.0",
  openat: "2.6.16",
  ioctl: "1.0",
  fcntl: "1.0",
  dup3: "2.6.27",
  splice: "2.6.17",
  ppoll: "2.6.16",
  nanosleep: "2.0",
  clock_gettime: "2.6",
  rt_sigaction: "2.2",
  rt_sigreturn: "2.2",
  clone: "1.0",
  execve: "1.0",
  exit: "1.0",
  exit_group: "2.6",
  wait4: "1.0",
  getppid: "1.0",
  unshare: "2.6.16",
  setsid: "1.0",
  setuid: "1.0",
  setgid: "1.0",
  setgroups: "1.0",
  umask: "1.0",
  setpriority: "1.0",
  chroot: "1.0",
  fchown: "1.0",
  chdir: "1.0",
  mount: "1.0",
  mount_setattr: "5.12",
  setxattr: "2.6",
  mknodat: "2.6.16",
  fchmodat: "2.6.16",
  fchownat: "2.6.16",
  mkdirat: "2.6.16",
  symlinkat: "2.6.16",
  prctl: "2.2",
  prlimit64: "2.6.36",
  finit_module: "3.8",
  delete_module: "1.0",
  getdents64: "2.4",
  faccessat: "2.6.16",
  pipe2: "2.6.27",
  shutdown: "2.0",
  socketpair: "2.0",
  linkat: "2.6.16",
  socket: "2.0",
  kill: "1.0",
  unlinkat: "2.6.16",
  rt_sigprocmask: "2.2",
  sethostname: "1.0",
  clock_settime: "2.6",
  clock_adjtime: "2.6.39",
  memfd_create: "3.17",
  flock: "2.0",
  getpid: "1.0",
  mmap: "1.0",
  sched_setscheduler: "2.0",
  munmap: "1.0",
  uname: "1.0",
  reboot: "1.0",
  sync: "1.0",
  syncfs: "2.6.39",
  fstat: "1.0",
};

/** What a guest does on a kernel that lacks a system call. Empty: the oldest kernel has every call that guests make. */
const callFallbacks: Partial<Record<SyscallName, string>> = {};

/** The last numbers in the tables of Linux 4.19: rseq, in both. */
const LAST = { x86_64: 334, aarch64: 293 } as const;

/**
 * Options of mount(2), by file system, and the release that brought them; "" is the file system itself. Those
 * with a fallback may be newer.
 */
const mountsSince: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "9p": {
    "": "2.6.14",
    msize: "2.6.14",
    "version=9p2000.L": "2.6.35",
    "trans=virtio": "2.6.24",
    "access=any": "2.6.24",
    "access=client": "2.6.37",
    "cache=loose": "2.6.22",
    "cache=mmap": "3.14",
  },
  virtiofs: { "": "5.4" },
  // Several lower directories since 4.0.
  overlay: { "": "3.18", lowerdir: "4.0", upperdir: "3.18", workdir: "3.18" },
  tmpfs: { "": "2.4", mode: "2.4", uid: "2.4", gid: "2.4" },
  devpts: { "": "2.2", gid: "2.2", mode: "2.2", ptmxmode: "2.6.29" },
  proc: { "": "1.0" },
  sysfs: { "": "2.6" },
  devtmpfs: { "": "2.6.32" },
  mqueue: { "": "2.6.6" },
  hugetlbfs: { "": "2.6" },
  binfmt_misc: { "": "2.2" },
  cgroup2: { "": "4.5" },
  securityfs: { "": "2.6.14" },
  debugfs: { "": "2.6.11" },
  tracefs: { "": "4.1" },
  configfs: { "": "2.6.16" },
  bpf: { "": "4.4", mode: "4.5" },
  fusectl: { "": "2.6.18" },
};

/** What is done on a kernel that lacks a file system or an option. */
const mountFallbacks: Readonly<Record<string, string>> = {
  virtiofs: "9p, unless --fs virtiofs asks for it (libs/kernel, sharingOf)",
};

/** Values of options that are options of their own, since a kernel must know each. */
const NAMED_VALUES = ["version", "trans", "access", "cache"];

/**
 * Of each constant of the kernel's interface the release that brought it; "1.0" for those of before 2.0. Exact
 * from 4.0 on, where it decides; older ones may be off by a release or two.
 */
const constantsSince: Readonly<Record<keyof typeof linux, string>> = {
  AT_FDCWD: "2.6.16",
  AT_SYMLINK_FOLLOW: "2.6.18",
  AT_RECURSIVE: "5.2",
  O_RDONLY: "1.0",
  O_WRONLY: "1.0",
  O_RDWR: "1.0",
  O_CREAT: "1.0",
  O_EXCL: "1.0",
  O_NOCTTY: "1.0",
  O_NONBLOCK: "1.0",
  O_CLOEXEC: "2.6.23",
  O_PATH: "2.6.39",
  F_SETFD: "1.0",
  FD_CLOEXEC: "1.0",
  F_SETPIPE_SZ: "2.6.35",
  SPLICE_F_NONBLOCK: "2.6.17",
  LOCK_SH: "2.0",
  LOCK_EX: "2.0",
  LOCK_NB: "2.0",
  LOCK_UN: "2.0",
  S_IFCHR: "1.0",
  S_IFBLK: "1.0",
  MS_RDONLY: "1.0",
  MS_NOSUID: "1.0",
  MS_NODEV: "1.0",
  MS_NOEXEC: "1.0",
  MS_REMOUNT: "1.0",
  MS_NOATIME: "2.2",
  MS_BIND: "2.4",
  MS_MOVE: "2.4.18",
  MS_REC: "2.4.11",
  MS_SLAVE: "2.6.15",
  MS_RELATIME: "2.6.20",
  MOUNT_ATTR_RDONLY: "5.2",
  PROT_READ: "1.0",
  PROT_WRITE: "1.0",
  PROT_EXEC: "1.0",
  MAP_PRIVATE: "1.0",
  MAP_FIXED: "1.0",
  MAP_ANONYMOUS: "2.0",
  MAP_POPULATE: "2.6",
  MFD_CLOEXEC: "3.17",
  MFD_EXEC: "6.3",
  SIGHUP: "1.0",
  SIGILL: "1.0",
  SIGBUS: "1.0",
  SIGFPE: "1.0",
  SIGKILL: "1.0",
  SIGSEGV: "1.0",
  SIGPIPE: "1.0",
  SIGCHLD: "1.0",
  SIG_IGN: "1.0",
  SIG_SETMASK: "1.0",
  SA_SIGINFO: "2.2",
  SA_RESTORER: "2.4",
  PRIO_PROCESS: "1.0",
  PR_SET_PDEATHSIG: "2.2",
  PR_SET_NAME: "2.6.9",
  PR_GET_NAME: "2.6.11",
  SCHED_BATCH: "2.6.16",
  CLONE_FS: "2.0",
  CLONE_PARENT: "2.4",
  CLONE_NEWNS: "2.4.19",
  CLOCK_REALTIME: "2.6",
  CLOCK_MONOTONIC: "2.6",
  ADJ_SETOFFSET: "2.6.39",
  POLLIN: "2.2",
  POLLOUT: "2.2",
  FIONREAD: "1.0",
  AF_UNIX: "1.0",
  AF_INET: "1.0",
  SOCK_STREAM: "1.0",
  SOCK_DGRAM: "1.0",
  SOCK_CLOEXEC: "2.6.27",
  SOCK_NONBLOCK: "2.6.27",
  SHUT_WR: "2.0",
  SHUT_RDWR: "2.0",
  SIOCADDRT: "1.0",
  SIOCSIFFLAGS: "1.0",
  SIOCSIFADDR: "1.0",
  SIOCSIFNETMASK: "1.0",
  IFF_UP: "1.0",
  RTF_UP: "1.0",
  RTF_GATEWAY: "1.0",
  RNDADDENTROPY: "2.0",
  RNDRESEEDCRNG: "4.16",
  RLIMIT_CORE: "1.0",
  RLIMIT_NOFILE: "1.0",
  EPERM: "1.0",
  ENOENT: "1.0",
  EINTR: "1.0",
  ENOEXEC: "1.0",
  ECHILD: "1.0",
  EAGAIN: "1.0",
  EWOULDBLOCK: "1.0",
  ENOMEM: "1.0",
  EACCES: "1.0",
  EBUSY: "1.0",
  EEXIST: "1.0",
  ENODEV: "1.0",
  ENOTDIR: "1.0",
  EINVAL: "1.0",
  EPIPE: "1.0",
  EOPNOTSUPP: "1.0",
  EKEYREJECTED: "2.6.11",
  TCGETS: "1.0",
  TCSETS: "1.0",
  TIOCSCTTY: "1.0",
  TIOCGWINSZ: "1.0",
  TIOCSWINSZ: "1.0",
  TIOCSPTLCK: "2.2",
  TIOCVHANGUP: "2.6.39",
  TIOCGPTPEER: "4.13",
};

/** Words of the sources that look like such a constant and are something else. */
const noConstants = ["PROT_READ_WRITE", "O_DIRECT"];

const isNewer = (release: string): boolean => {
  const [major = 0, minor = 0] = release.split(".").map(Number);
  const [most = 0, least = 0] = OLDEST.split(".").map(Number);
  return major > most || (major === most && minor > least);
};

/** The sources of all that runs in a guest. */
const sources = ["apps/init/src", "apps/host/src/guest", "apps/host/src/capabilities"].map(
  (directory) => {
    const paths = [...new Bun.Glob(`${directory}/**/*.ts`).scanSync(root)]
      .filter((path) => !path.endsWith(".test.ts") && !path.includes("/testing/"))
      .map((path) => readFileSync(join(root, path), "utf8"));
    if (paths.length === 0) throw new Error(`there are no sources in ${directory}`);
    return paths.join("\n");
  },
);

const isCall = (text: string): text is SyscallName => Object.hasOwn(syscalls, text);

/** System calls of guest init and of modprobe, and those that the host's sources name for scripts. */
function callsInUse(): Set<SyscallName> {
  const init = guestInit("x86_64", helloFields("x86_64"), bootMoments.length, {
    place: placeInSources,
  });
  const calls = [init, modprobe()].flatMap(({ operations }) =>
    operations.flatMap((operation) => {
      if (operation.op !== "syscall") return [];
      // The calls of a script have their number in a variable.
      return typeof operation.name === "string" ? [operation.name] : [];
    }),
  );
  const literals = sources.flatMap((text) =>
    [...text.matchAll(/"([a-z0-9_]+)"/g)].flatMap(([, word = ""]) => (isCall(word) ? [word] : [])),
  );
  return new Set([...calls, ...literals]);
}

describe("system calls", () => {
  test("of a guest are those of Linux 4.19, or have a way around them", () => {
    const used = [...callsInUse()];
    for (const name of ["mount", "finit_module", "splice", "syncfs", "setgroups"])
      expect(used).toContain(name);
    const newer = used.filter((name) => isNewer(callsSince[name]) && !(name in callFallbacks));
    expect(newer).toEqual([]);
  });

  test("have numbers that the table of Linux 4.19 has, if they are as old", () => {
    for (const [name, numbers] of Object.entries(syscalls)) {
      const known = numbers.x86_64 <= LAST.x86_64 && numbers.aarch64 <= LAST.aarch64;
      expect(known, name).toBe(isCall(name) && !isNewer(callsSince[name]));
    }
  });

  test("with a way around them are in use and newer", () => {
    const used = callsInUse();
    for (const name of Object.keys(callFallbacks).filter(isCall)) {
      expect(used, name).toContain(name);
      expect(isNewer(callsSince[name]), name).toBe(true);
    }
  });
});

/** The mounts of a boot and of a root with all that one can have: type and options. */
function mounts(): { type: string; options: string }[] {
  const arch = "x86_64";
  const plan: RootPlan = {
    image: { merges: [{ name: "lib", link: "usr/lib", target: "/usr/lib", empty: false }] },
    modules: { release: "6.1.0", directory: "/usr/lib/modules/6.1.0", index: true },
    closed: [{ path: "/home", mode: 0o711, uid: 0, gid: 0 }],
    shares: [{ path: "/home/me", readonly: false }],
    transports: { layers: share9p, shares: share9p },
    capabilities: [containerStorage(["/var/lib/docker"])],
  };
  const scripts = [share9p, shareVirtiofs(virtiofsd)].map((transport) => {
    const script = new Script<Step>(arch);
    buildRoot(script, { ...plan, transports: { layers: transport, shares: transport } });
    return script;
  });
  const calls = [planBoot(arch, [], [], (step) => step).script, ...scripts].flatMap((script) =>
    listing(script, arch),
  );
  const inScripts = calls.flatMap((call) => {
    const [, type, options = ""] =
      /: mount\("[^"]*", "[^"]*", "([^"]+)", \d+(?:, "([^"]*)")?\)/.exec(call) ?? [];
    return type === undefined ? [] : [{ type, options }];
  });
  // Guest init mounts these before it runs a script (apps/init/src/init.ts, mountFirst).
  const first = ["proc", "sysfs", "devtmpfs"].map((type) => ({ type, options: "" }));
  return [...first, ...inScripts];
}

describe("mounts", () => {
  const used = mounts().flatMap(({ type, options }) =>
    ["", ...options.split(",").filter((option) => option !== "")].map((option) => {
      const [name = ""] = option.split("=");
      return { type, option: NAMED_VALUES.includes(name) ? option : name };
    }),
  );

  test("have file systems and options whose release is known", () => {
    expect(used.length).toBeGreaterThan(40);
    const unknown = used.filter(({ type, option }) => mountsSince[type]?.[option] === undefined);
    expect(unknown).toEqual([]);
  });

  test("need nothing newer than Linux 4.19, or have a way around it", () => {
    const newer = used.filter(
      ({ type, option }) =>
        isNewer(mountsSince[type]?.[option] ?? "0") && !(type in mountFallbacks),
    );
    expect(newer).toEqual([]);
  });

  test("are all that the table has", () => {
    const listed = Object.entries(mountsSince).flatMap(([type, options]) =>
      Object.keys(options).map((option) => `${type} ${option}`),
    );
    const mounted = new Set(used.map(({ type, option }) => `${type} ${option}`));
    expect(listed.filter((entry) => !mounted.has(entry))).toEqual([]);
  });
});

describe("flags and requests", () => {
  const used = new Set(sources.flatMap((text) => text.match(/\b[A-Z][A-Z0-9_]+\b/g) ?? []));
  const isKnown = (name: string): name is keyof typeof linux => Object.hasOwn(constantsSince, name);

  test("of a guest are those of Linux 4.19", () => {
    for (const name of ["MS_BIND", "O_CLOEXEC", "TIOCGPTPEER"]) expect(used).toContain(name);
    const newer = [...used].filter((name) => isKnown(name) && isNewer(constantsSince[name]));
    expect(newer).toEqual([]);
  });

  test("of a guest have a known release", () => {
    const prefixes = Object.keys(constantsSince).flatMap((name) => /^[A-Z]+_/.exec(name) ?? []);
    const unknown = [...used].filter(
      (name) =>
        !isKnown(name) &&
        !noConstants.includes(name) &&
        prefixes.some((prefix) => name.startsWith(prefix)),
    );
    expect(unknown).toEqual([]);
  });

  test("are all that the table has", () => {
    expect(Object.keys(constantsSince).sort()).toEqual(Object.keys(linux).sort());
  });
});
