import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  bootAndCompare,
  eachKernel,
  eachWay,
  needs,
  project,
  vimto,
  vmChecks,
  vmTestOn,
} from "../harness/index.ts";

const modular = (name: string) => name.startsWith("debian-");
/** File systems of which a kernel has one superblock, where every kernel has them. */
const mounts = [
  ["cgroup2", "/sys/fs/cgroup"],
  ["debugfs", "/sys/kernel/debug"],
  ["tracefs", "/sys/kernel/tracing"],
  ["securityfs", "/sys/kernel/security"],
  ["bpf", "/sys/fs/bpf"],
  ["mqueue", "/dev/mqueue"],
  ["fusectl", "/sys/fs/fuse/connections"],
  ["binfmt_misc", "/proc/sys/fs/binfmt_misc"],
] as const;

vmChecks("the guest is a whole machine", (kernel) => ({
  flags: ["--sudo", "--memory", "256M"],
  checks: {
    "process 1 has the root of the command": {
      guest:
        'ls -d /proc/1/root/etc; [ "$(stat -Lc %d:%i /)" = "$(stat -Lc %d:%i /proc/1/root/)" ]',
      stdout: "/proc/1/root/etc\n",
    },
    "a command that changes its root or umask leaves process 1 alone": {
      guest:
        "mkdir /tmp/r; (umask 0; cd /tmp; chroot /tmp/r /no/where 2>/dev/null); ls -d /proc/1/root/etc; grep Umask /proc/1/status",
      stdout: "/proc/1/root/etc\nUmask:\t0022\n",
    },
    "nodes that everybody may open are everybody's": {
      guest:
        "for node in null zero full random urandom ptmx tty fuse net/tun; do [ ! -e /dev/$node ] || stat -c '%a %n' /dev/$node; done | grep -v ^666",
      status: 1,
    },
    "/run has what a boot makes there": {
      guest: "stat -c '%a %u %n' /run/lock /run/user /run/user/0 /run/dbus /run/sshd",
      stdout:
        "1777 0 /run/lock\n755 0 /run/user\n700 0 /run/user/0\n755 0 /run/dbus\n755 0 /run/sshd\n",
    },
    "every group may use ping's sockets": {
      guest: "cat /proc/sys/net/ipv4/ping_group_range",
      stdout: "0\t2147483647\n",
    },
    ...Object.fromEntries(
      mounts.map(([type, path]) => [
        `${type} can be mounted again, with options and without`,
        {
          guest: `grep -qw ${type} /proc/filesystems || exit 0; mount -t ${type} -o nosuid,noexec,nodev ${type} ${path} && mount -t ${type} none ${path}`,
        },
      ]),
    ),
    "huge pages have their file system": {
      guest:
        "grep -qw hugetlbfs /proc/filesystems || exit 0; grep -q ' /dev/hugepages hugetlbfs ' /proc/mounts",
    },
    "the guest is no container, though the host may be one": {
      guest: "ls -d /.dockerenv /run/.containerenv 2>/dev/null",
      status: 2,
    },
    "an option that the kernel refuses is refused": {
      guest: "mount -t cgroup2 -o nonsense none /sys/fs/cgroup 2>/dev/null",
      status: 32,
    },
    ...(modular(kernel.name) && {
      "the kernel loads a module for a link": {
        guest: "ip link add b0 type bridge && grep -c '^bridge ' /proc/modules",
        stdout: "1\n",
      },
      "nodes of modules are there before the modules, and load them": {
        guest:
          "grep -c '^loop ' /proc/modules; truncate -s 8M /tmp/i && losetup /dev/loop0 /tmp/i && losetup -d /dev/loop0; grep -c '^loop ' /proc/modules",
        stdout: "0\n1\n",
      },
      "a swap file works on a loop device": {
        guest:
          "truncate -s 8M /tmp/swap; l=$(losetup -f --show /tmp/swap) && mkswap $l >/dev/null && swapon $l && grep -c $l /proc/swaps && swapoff $l && losetup -d $l",
        stdout: "1\n",
      },
      "a file system's module is loaded by mount": {
        guest:
          "truncate -s 16M /tmp/e; mkfs.ext4 -q /tmp/e && mkdir /tmp/m && mount -o loop /tmp/e /tmp/m && stat -fc %T /tmp/m && umount /tmp/m",
        stdout: "ext2/ext3\n",
      },
      "firmware of the root is found": {
        guest:
          "mkdir -p /usr/lib/firmware; echo x >/usr/lib/firmware/regulatory.db; modprobe cfg80211; sleep 1; dmesg | grep -c 'regulatory.db failed with error -2'",
        stdout: "0\n",
        status: 1,
      },
    }),
  },
}));

eachWay("a public project's setup", "all", "each", (kernel, { label, flags }) => {
  test(label, async () => {
    const cwd = project({
      ".vimto.toml":
        'setup = ["mount -t cgroup2 -o nosuid,noexec,nodev cgroup2 /sys/fs/cgroup", "sh -c \'modprobe bpf_testmod 2>/dev/null || true\'"]\n',
    });
    const args = [
      "--kernel",
      kernel.path,
      ...flags,
      "exec",
      "--",
      "stat",
      "-fc",
      "%T",
      "/sys/fs/cgroup",
    ];
    const { status, stdout, stderr } = await vimto(args, { cwd });
    expect({ status, stdout: stdout.toString(), stderr }).toEqual({
      status: 0,
      stdout: "cgroup2fs\n",
      stderr: "",
    });
  });
});

const overlayIn = (directory: string) =>
  `(cd ${directory} && mkdir up work merged && mount -t overlay o -o lowerdir=/etc,upperdir=up,workdir=work merged && echo x >merged/vimto && cat up/vimto)`;

vmTestOn(
  "one",
  "overlays have their upper directory in a store of containers or in /tmp, not on the root",
  (kernel) => {
    // A store is there when the host or the image has it.
    const directory = project({ "var/lib/docker/old": "" });
    symlinkSync(join(kernel.path, "boot"), join(directory, "boot"));
    const modules = join(kernel.path, "lib/modules");
    if (existsSync(modules)) cpSync(modules, join(directory, "lib/modules"), { recursive: true });
    return {
      kernel: directory,
      flags: ["--sudo"],
      guest: `mkdir /var/lib/other; ls /var/lib/docker; ${overlayIn("/tmp")}; ${overlayIn("/var/lib/docker")}; ${overlayIn("/var/lib/other")} 2>/dev/null || echo refused`,
      stdout: "x\nx\nrefused\n",
    };
  },
);

eachKernel("programs of the host's root with rights of their own", "one", (kernel) => {
  test(kernel.name, async (context) => {
    needs(context, process.getuid?.() === 0, "only root can give a program rights");
    // Beside the directory of the tests, which is a share.
    const directory = mkdtempSync("/var/tmp/vimto-rights-");
    const [reader, secret, setUser] = ["reader", "secret", "set-user"].map((name) =>
      join(directory, name),
    ) as [string, string, string];
    try {
      chmodSync(directory, 0o755);
      copyFileSync("/bin/cat", reader);
      copyFileSync("/usr/bin/id", setUser);
      chmodSync(setUser, 0o4755);
      writeFileSync(secret, "secret\n", { mode: 0o600 });
      execFileSync("setcap", ["cap_dac_read_search=ep", reader]);
      const script = `LC_ALL=C ${reader} ${secret}; ${setUser} -u`;
      const { stdout } = Bun.spawnSync([...ordinary, "sh", "-c", script]);
      expect(stdout.toString()).toBe("secret\n0\n");
      await bootAndCompare(kernel, {
        flags: ["--sudo"],
        guest: [...ordinary, "sh", "-c", script],
        stdout: "0\n",
        stderr: `${reader}: ${secret}: Permission denied\n`,
      });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

const ordinary = "setpriv --reuid=54321 --regid=54321 --clear-groups".split(" ");
