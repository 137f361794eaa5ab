import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bootAndCompare, eachKernel, project, vmTestOn } from "../harness/index.ts";

// The kernels with ext4 and loop devices.
const debian = ["debian-6.12", "debian-6.1"] as const;

const sentence =
  "vimto: file systems of the guest still had to write, and wrote nothing for 5 seconds, so that some of what they hold for files of the host may be lost; unmount those on loop devices before the command ends\n";

/** A file system in `file`, mounted at `at`. */
const fileSystem = (file: string, at: string, size = "16M") =>
  `truncate -s ${size} ${file} && mkfs.ext4 -q -O ^has_journal ${file} && mkdir -p ${at} && mount -o loop ${file} ${at}`;

/** One file system in another that is frozen: what is written to the inner one never gets to its file. */
const stuck = (file: string) => `set -e
${fileSystem(file, "/run/outer", "64M")}
${fileSystem("/run/outer/file", "/run/inner")}
sync
fsfreeze -f /run/outer
echo data >/run/inner/data`;

vmTestOn(debian, "the end waits for no device of the guest", () => ({
  cwd: project({}),
  flags: ["--sudo"],
  guest: stuck("/tmp/file"),
}));

vmTestOn(
  ["debian-6.1"],
  "what a file system holds whose file is in a share is written back",
  () => {
    const cwd = project({});
    return {
      cwd,
      flags: ["--sudo"],
      guest: `${fileSystem("file", "/run/inner")} && echo 'found on the host' >/run/inner/data`,
      after: () => expect(readFileSync(join(cwd, "file")).includes("found on the host")).toBe(true),
    };
  },
);

vmTestOn(["debian-6.12"], "a device has the time that it needs, as long as it writes", () => {
  const cwd = project({});
  return {
    cwd,
    flags: ["--sudo"],
    // Ten seconds for 20 MB.
    guest: `set -e
${fileSystem("file", "/run/inner", "64M")}
cd /sys/fs/cgroup
echo "+memory +io" >cgroup.subtree_control
mkdir slow
echo "$(cat /sys/block/loop0/dev) wbps=2000000" >slow/io.max
echo $$ >slow/cgroup.procs
head -c 20000000 /dev/zero >/run/inner/zeros
echo 'found on the host' >/run/inner/data`,
    after: () => expect(readFileSync(join(cwd, "file")).includes("found on the host")).toBe(true),
  };
});

eachKernel("of a guest whose devices hang", ["debian-6.12"], (kernel) => {
  test("that a file system could not write to its file in a share is said", () =>
    bootAndCompare(kernel, {
      cwd: project({}),
      flags: ["--sudo"],
      guest: stuck("file"),
      stderr: sentence,
    }));

  test("a share that another mount hides is written back", () => {
    const cwd = project({ ".vimto.toml": 'teardown = ["mount -t tmpfs none ."]\n' });
    return bootAndCompare(kernel, {
      cwd,
      flags: ["--sudo"],
      guest: `${stuck("/tmp/file")}\necho kept >kept`,
      stderr: sentence,
      after: () => expect(readFileSync(join(cwd, "kept"), "utf8")).toBe("kept\n"),
    });
  });
});
