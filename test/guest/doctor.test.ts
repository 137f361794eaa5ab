import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeProgram } from "../../libs/asm/src/testing/program-file.ts";
import {
  anyKernel,
  cloudKernel,
  compare,
  eachKernel,
  needs,
  PrivateMount,
  project,
  refused,
  testKernels,
  vimto,
} from "../harness/index.ts";

const QEMU = "\n {2}ok {5}QEMU +\\d+\\.\\d+\\.\\d+ \\(/.*\\)\n";
const all = (...parts: string[]) => new RegExp(parts.map((part) => `(?=[^]*${part})`).join(""));

eachKernel("doctor finds nothing to mend in a kernel that boots", "all", ({ name, path }) => {
  test(name, async () => {
    compare(await vimto(["doctor", "--kernel", path]), {
      stdout: all("^This host\n", QEMU, "\nKernel /", "\n\nA run would work\\.\n$"),
    });
  });
});

test("doctor says what a kernel lacks and how to mend it", async (context) => {
  needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
  compare(await vimto(["doctor", "--kernel", cloudKernel, "--fs", "9p"]), {
    stdout: all(
      "\n {2}LACKS +9p over virtio +CONFIG_NET_9P_VIRTIO is missing, which vimto shares files over\n",
      "\n +build the kernel with CONFIG_9P_FS=y\n",
      "use Debian's linux-image-amd64 instead of linux-image-cloud-amd64\n",
      "\n\nA run would not work, for one reason\\.\n$",
    ),
    status: 1,
  });
});

test("doctor says what the host lacks and how to mend it", async () => {
  const env = { VIMTO_QEMU: "/no/qemu", VIMTO_DISABLE_KVM: undefined };
  const result = await vimto(["doctor", "--kernel", "/etc/passwd"], {
    env,
    cache: "/etc/passwd/cache",
  });
  compare(result, {
    stdout: all(
      '\n {2}LACKS +QEMU +QEMU "/no/qemu" does not exist\n +name a qemu-system-',
      '\n {2}LACKS +cache +the cache directory "/etc/passwd/cache/vimto" has a part that is not a directory: ',
      "\n {2}\\? +kernel +not looked at, because the cache cannot be used\n",
      "\n\nA run would not work, for 2 reasons\\.\n$",
    ),
    status: 1,
  });
});

test("a kernel whose module of the network is not there is told, and by doctor", async (context) => {
  const [debian] = testKernels(["debian-6.12"]);
  needs(context, debian !== undefined && debian.missing === undefined, "Debian 6.12 is not there");
  const cwd = project();
  // The rest is large, and no boot wants it.
  const left = ["virtio_net.ko*", "kernel/drivers/gpu", "kernel/drivers/media", "kernel/sound"];
  const copy = `mkdir k; tar c -C "$1" --exclude=kernel/drivers/net ${left.map((one) => `--exclude='${one}'`).join(" ")} . | tar x -C k`;
  const tar = ["bash", "-o", "pipefail", "-c", copy, "bash", debian?.path ?? ""];
  expect(Bun.spawnSync(tar, { cwd }).exitCode).toBe(0);
  const sentence =
    'kernel "./k" \\(6[^)]*\\) has virtio network interfaces \\(CONFIG_VIRTIO_NET\\) only as a module, not to be found in "[^"]*"; install all modules of 6[^ ]*, or build the kernel with CONFIG_VIRTIO_NET=y; or leave out --net';
  const net = ["--kernel", "./k", "--net", "user"];
  await refused([...net, "exec", "true"], new RegExp(`^vimto: ${sentence}\n$`), { cwd });
  compare(await vimto([...net, "doctor"], { cwd }), {
    stdout: all(
      "\n {2}LACKS +virtio network interfaces +CONFIG_VIRTIO_NET is missing, which vimto attaches",
      "\n\nA run would not work, for one reason\\.\n$",
    ),
    status: 1,
  });
  compare(await vimto(["--kernel", "./k", "doctor"], { cwd }), {
    stdout: all("\n {2}-- +virtio network interfaces +CONFIG_", "\n\nA run would work\\.\n$"),
  });
});

test("doctor says whether QEMU has user networking", async () => {
  const cwd = project();
  writeProgram(
    join(cwd, "qemu"),
    `#!/bin/sh
case $1 in --version) echo "QEMU emulator version 7.2.0" ;; -netdev) printf 'Available netdev backend types:\nsocket\ntap\n' ;; esac
`,
  );
  const doctor = async (...flags: string[]) =>
    vimto(["--kernel", anyKernel(), ...flags, "doctor"], { cwd, env: { VIMTO_QEMU: "./qemu" } });
  const without = "this QEMU was built without user networking \\(libslirp\\)";
  compare(await doctor(), {
    stdout: all(`\n {2}-- +user network +${without}, which --net`, "\nA run would work\\.\n$"),
  });
  compare(await doctor("--net", "user"), {
    stdout: all(
      `\n {2}LACKS +user network +${without}\n +use one that has it, or leave out --net\n`,
    ),
    status: 1,
  });
});

test("doctor says what is wrong with a file that is no kernel", async () => {
  compare(await vimto(["doctor", "--kernel", "/etc/passwd"]), {
    stdout: all(
      '\n {2}LACKS +kernel +kernel "/etc/passwd" is not a Linux kernel: .*\n +name a bzImage',
      "\n\nA run would not work, for one reason\\.\n$",
    ),
    status: 1,
  });
});

test("doctor says that a small cache and one that cannot be written are enough for a run", async () => {
  await using place = await PrivateMount.tmpfs("size=120M");
  const options = { cache: place.directory, under: place.under() };
  const kernel = ["--kernel", anyKernel()];
  compare(await vimto([...kernel, "exec", "echo", "small"], options), { stdout: "small\n" });
  compare(await vimto(["doctor", ...kernel], options), {
    stdout: all("\n {2}slow +free space +\\d", "\n\nA run would work\\.\n$"),
  });
  place.shell("mount -o remount,ro .");
  compare(await vimto([...kernel, "exec", "echo", "warm"], options), { stdout: "warm\n" });
  compare(await vimto(["doctor", ...kernel], options), {
    stdout: all(
      "\n {2}slow +cache +the cache directory .* is on a read-only file system: ",
      "it holds what this run needs\n",
      "\n\nA run would work\\.\n$",
    ),
  });
});
