import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eachWay, emptyDirectory, skip, vimto } from "../harness/index.ts";

const sbin = join(emptyDirectory("modprobe"), "sbin");
afterAll(() => rmSync(sbin, { recursive: true }));
/** A root without kmod: the host's, with another directory at /usr/sbin, in namespaces of its own. */
const without =
  'mount --bind "$1" /usr/sbin && ! [ -e /sbin/modprobe ] && ! [ -e /sbin/depmod ] || exit 99; shift; exec "$@"';
const namespaces = "unshare --user --map-root-user --mount".split(" ");
const under = [...namespaces, "sh", "-c", without, "sh", sbin];

beforeAll(() => {
  cpSync("/usr/sbin", sbin, { recursive: true, verbatimSymlinks: true });
  for (const tool of ["modprobe", "depmod", "insmod", "rmmod", "lsmod", "modinfo"])
    rmSync(join(sbin, tool), { force: true });
});

const script = `
command -v modprobe
modprobe dummy numdummies=2; ls -d /sys/class/net/dummy?
echo options ifb numifbs=1 >/etc/modprobe.d/x.conf; modprobe ifb; ls -d /sys/class/net/ifb?
ip link add b0 type bridge && grep -c '^bridge ' /proc/modules
modprobe -a nosuch br_netfilter; echo $?
modprobe -r stp; echo $?
modprobe -r dummy ifb; grep -cE '^(dummy|ifb) ' /proc/modules
`;
const said = `/usr/sbin/modprobe
/sys/class/net/dummy0
/sys/class/net/dummy1
/sys/class/net/ifb0
1
1
1
0
`;

eachWay("a root without kmod", "all", "each", (kernel, { label, flags }) => {
  test(label, async (context) => {
    if (Bun.spawnSync([...under, "true"]).exitCode !== 0)
      skip(context, "no namespaces of one's own, or /usr is not merged");
    const args = ["--kernel", kernel.path, ...flags, "exec", "--", "sh", "-c"];
    if (!kernel.name.startsWith("debian-")) {
      const { status, stdout, stderr } = await vimto([...args, "modprobe dummy"], { under });
      expect({ status, stdout: stdout.toString() }).toEqual({ status: 1, stdout: "" });
      expect(stderr).toMatch(
        /^modprobe: FATAL: Module dummy not found in directory \/lib\/modules\/\S+\n$/,
      );
      return;
    }
    const { status, stdout, stderr } = await vimto([...args, script], { under });
    expect({ status, stdout: stdout.toString(), stderr }).toEqual({
      status: 1,
      stdout: said,
      stderr: expect.stringMatching(
        /^modprobe: WARNING: Module nosuch not found in directory \/lib\/modules\/\S+\nmodprobe: FATAL: Module stp is in use\.\n$/,
      ),
    });
  });
});
