import { chmodSync, cpSync, existsSync, readFileSync, symlinkSync } from "node:fs";
import { getPriority } from "node:os";
import { join } from "node:path";
import { test } from "vitest";
import {
  anotherUser,
  bootAndCompare,
  eachKernel,
  project,
  releaseOf,
  vmChecks,
  vmChecksOn,
  vmTestOn,
} from "../harness/index.ts";

const environment = {
  PATH: `/opt/nowhere:${process.env.PATH}`,
  VIMTO_EMPTY: "",
  VIMTO_LINES: "one\ntwo=2\n",
  VIMTO_UNICODE: "ä→🐧",
};
const mounted = (type: string, path: string) =>
  `grep -qw ${type} /proc/filesystems || { echo ${type}; exit; }; ` +
  `while read -r _ at type _; do [ "$at" != ${path} ] || last=$type; done </proc/mounts; echo $last`;

vmChecks("the command finds what it has on the host", (kernel) => {
  const cwd = project({ "a file": "text\n", "bin/tool": "#!/bin/sh\necho tool\n" });
  chmodSync(join(cwd, "bin/tool"), 0o755);
  const user = anotherUser(cwd);
  return {
    cwd,
    cache: user.cache,
    // The shell's umask, nice value and signals become vimto's.
    under: [
      ...[...user.under, "nice", "-n", "5"],
      ...["sh", "-c", 'trap "" HUP; umask 027; exec "$@"', "sh"],
    ],
    env: { ...environment, PATH: `${cwd}/bin:${environment.PATH}` },
    checks: {
      "the kernel is the one that was named": {
        guest: "uname -r",
        stdout: new RegExp(`^${releaseOf(kernel).source}\\n$`),
      },
      "the working directory": { guest: "pwd; cat 'a file'", stdout: `${cwd}\ntext\n` },
      "user, group and groups": {
        guest: "id -u; id -g; id -G",
        stdout: `${user.uid}\n${user.gid}\n${user.groups.join(" ")}\n`,
      },
      umask: { guest: "umask", stdout: "0027\n" },
      "the nice value": { guest: "nice", stdout: `${Math.min(getPriority() + 5, 19)}\n` },
      "a SIGHUP that is ignored": {
        guest: "grep SigIgn /proc/self/status",
        stdout: "SigIgn:\t0000000000000001\n",
      },
      "a program from PATH": { guest: "tool", stdout: "tool\n" },
      "the variables, less TMPDIR": {
        // The shell that runs the checks adds some of its own: what it was started with counts.
        guest:
          "tr '\\0' '\\n' </proc/$PPID/environ | grep -e ^VIMTO_ -e ^two= -e ^TMPDIR= -e ^PATH= | grep -v ^VIMTO_TEST",
        stdout: new RegExp(
          `^(?=[^]*^VIMTO_EMPTY=\n)(?=[^]*^VIMTO_LINES=one\ntwo=2\n)(?=[^]*^VIMTO_UNICODE=ä→🐧\n)` +
            `(?=[^]*^PATH=${cwd}/bin:/opt/nowhere:)(?![^]*^TMPDIR)[^]*$`,
          "m",
        ),
      },
      "the host's root": {
        guest: "cat /etc/os-release",
        stdout: readFileSync("/etc/os-release", "utf8"),
      },
      "a name of the machine": {
        guest: 'test -n "$(uname -n)" && uname -n',
        stdout: /^(?!\(none\))\S+\n$/,
      },
      "a file that it writes in its directory": {
        guest: "umask 022; echo from the guest >new; stat -c '%U %a' new | cut -d' ' -f2",
        stdout: "644\n",
      },
    },
  };
});

vmChecks("the machine is complete", {
  flags: ["--sudo"],
  checks: {
    "proc, sys, dev and pts are mounted": {
      guest: `${mounted("proc", "/proc")}; ${mounted("sysfs", "/sys")}; ${mounted("devpts", "/dev/pts")}`,
      stdout: "proc\nsysfs\ndevpts\n",
    },
    cgroup2: { guest: mounted("cgroup2", "/sys/fs/cgroup"), stdout: "cgroup2\n" },
    securityfs: { guest: mounted("securityfs", "/sys/kernel/security"), stdout: "securityfs\n" },
    bpf: { guest: mounted("bpf", "/sys/fs/bpf"), stdout: "bpf\n" },
    debugfs: { guest: mounted("debugfs", "/sys/kernel/debug"), stdout: "debugfs\n" },
    tracefs: { guest: mounted("tracefs", "/sys/kernel/tracing"), stdout: "tracefs\n" },
    "/tmp starts empty, and anyone may write": {
      guest: "ls -A /tmp; stat -c %a /tmp; stat -f -c %T /tmp",
      stdout: "1777\ntmpfs\n",
    },
    "/run has none of the host's files": {
      guest: "ls -A /run; stat -f -c %T /run",
      stdout: "dbus\nlock\nsshd\nuser\ntmpfs\n",
    },
    "/dev/shm starts empty": {
      guest: "ls -A /dev/shm; stat -c %a /dev/shm; stat -f -c %T /dev/shm",
      stdout: "1777\ntmpfs\n",
    },
    "devices and links to open files": {
      guest:
        "head -c 2 /dev/zero | od -An -tx1; echo x >/dev/null; for l in fd stdin stdout stderr; do readlink /dev/$l; done",
      stdout: " 00 00\n/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\n",
    },
    "a pseudo-terminal can be opened": {
      guest: "script -qec 'tty' /dev/null </dev/null | tr -d '\\r'",
      stdout: /^\/dev\/pts\/\d+\n$/,
    },
    "loopback is up": {
      guest:
        "cat /sys/class/net/lo/flags; bash -c ': >/dev/tcp/127.0.0.1/9' 2>&1 | grep -q refused && echo refused",
      stdout: "0x9\nrefused\n",
    },
    "root may write everywhere": {
      guest:
        "echo x >/etc/vimto-test && cat /etc/vimto-test && rm /etc/os-release && mkdir /vimto-test && ls -d /vimto-test",
      stdout: "x\n/vimto-test\n",
    },
    "one process of the command has one parent": {
      guest: "readlink /proc/self/exe; cat /proc/1/comm",
      stdout: /^\/\S+\n\S+\n$/,
    },
  },
});

vmTestOn("one", "resource limits are the caller's, and core dumps are unlimited", {
  under: ["prlimit", "--memlock=65536:131072", "--nofile=321:321", "--core=0:0"],
  guest: "ulimit -Sl; ulimit -Hl; ulimit -Sn; ulimit -Hn; ulimit -Sc; ulimit -Hc",
  stdout: "64\n128\n321\n321\nunlimited\nunlimited\n",
});

vmTestOn("one", "VIMTO_DISABLE_KVM says that it emulates", {
  env: { VIMTO_DISABLE_KVM: "true", VIMTO_ACCEL: undefined },
  guest: "echo emulated",
  stdout: "emulated\n",
  stderr: "vimto: KVM disabled by VIMTO_DISABLE_KVM\n",
});

eachKernel("a kernel's directory is laid over the root", "one", (kernel) => {
  test(kernel.name, async () => {
    const directory = project({
      "lib/vimto-test": "of the kernel\n",
      "srv/vimto-test": "too\n",
    });
    symlinkSync(join(kernel.path, "boot"), join(directory, "boot"));
    // Debian's are below usr since 13.
    const modules = ["lib/modules", "usr/lib/modules"]
      .map((at) => join(kernel.path, at))
      .find(existsSync);
    if (modules !== undefined) cpSync(modules, join(directory, "lib/modules"), { recursive: true });
    // /lib is a link on most hosts, and what it leads to must be there too.
    const seen = "cat /lib/vimto-test /srv/vimto-test; ls /lib | grep -c . ; ls -d /usr/share/doc";
    await bootAndCompare(
      { ...kernel, path: directory },
      { guest: seen, stdout: /^of the kernel\ntoo\n(?!1\n)\d+\n\/usr\/share\/doc\n$/ },
    );
  });
});

vmChecksOn(["debian-6.12", "debian-6.1"], "modprobe finds the kernel's modules", {
  flags: ["--sudo"],
  checks: {
    "a module": {
      guest: "/sbin/modprobe dummy && ls -d /sys/module/dummy",
      stdout: "/sys/module/dummy\n",
    },
    "a module with others that it depends on": {
      guest: "/sbin/modprobe xfs && grep -w xfs /proc/filesystems && ls -d /sys/module/libcrc32c",
      stdout: "\txfs\n/sys/module/libcrc32c\n",
    },
    "a module by its alias": {
      guest: "/sbin/modprobe fs-ext4 && grep -w ext4 /proc/filesystems",
      stdout: "\text4\n",
    },
    "the directory is named after the release": {
      guest: "ls -d /lib/modules/$(uname -r)/kernel | wc -l",
      stdout: "1\n",
    },
  },
});

vmTestOn("one", "make below a make that counts its jobs by a pipe of the host", () => {
  const cwd = project({ Makefile: "all:\n\t@echo $(filter -j%,$(MAKEFLAGS))\n" });
  return {
    cwd,
    env: { MAKEFLAGS: " -j7 --jobserver-auth=3,4" },
    guest: ["make", "--no-print-directory"],
    stdout: "-j1\n",
  };
});

vmTestOn("one", "root finds root's programs though the caller's PATH lacks them", () => {
  const cwd = project({ ".vimto.toml": 'setup = "losetup --version"\n' });
  return {
    cwd,
    env: { PATH: "/usr/bin:/bin" },
    flags: ["--sudo"],
    guest: "losetup --version; echo $PATH",
    stdout: /^(losetup .*\n)\1\/usr\/bin:\/bin:\/usr\/local\/sbin:\/usr\/sbin:\/sbin\n$/,
  };
});

const everyByte = Array.from(
  { length: 255 },
  (_, index) => `\\x${(index + 1).toString(16).padStart(2, "0")}`,
).join("");

const namesBytes = everyByte.replace("\\x2f", "");
const command = `#!/bin/sh
[ $# = 3 ] || echo "$# words"
hex() { od -An -v -tx1 | tr -d ' \n'; echo; }
for word in "$1" "$BYTES"; do printf %s "$word" | hex; done
printf %s "$2" | hex
printf %s "$0" | hex
readlink -n /proc/self/cwd | hex
ls of-setup && echo written >new
`;

vmTestOn("one", "arguments, variables and paths are bytes, of any value but 0", () => {
  const cwd = project({ command });
  const hex = everyByte.replaceAll("\\x", "");
  const name = namesBytes.replaceAll("\\x", "");
  const at = `${Buffer.from(cwd).toString("hex")}2f${name}2f${name}`;
  return {
    cwd,
    // The name is that of the git root, of the working directory in it, and of the command.
    under: [
      "bash",
      "-c",
      `name=$'${namesBytes}'
      mkdir -p "$name/.git" "$name/$name" && touch "$name/.git/HEAD" && cd "$name" || exit
      echo 'setup = "touch of-setup"' >.vimto.toml
      cd "$name" && mv ../../command "$name" && chmod +x "$name" || exit
      export BYTES=$'${everyByte}'; "$@" "./$name" $'${everyByte}' $'\\xff' "" && cat new`,
      "bash",
    ],
    flags: ["--share", "."],
    guest: [],
    stdout: `${hex}\n${hex}\nff\n2e2f${name}\n${at}\nof-setup\nwritten\n`,
  };
});
