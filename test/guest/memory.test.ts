import { chmodSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { expect, test } from "vitest";
import { anyKernel, compare, project, vimto, vmTest, vmTestOn } from "../harness/index.ts";

const sentence =
  "the guest ran out of memory and its kernel killed the command; give it more than 64M with --memory";

// tail keeps the line that it reads, and this one has no end.
vmTest("a command that takes more than --memory ends with a sentence", {
  flags: ["--memory", "64M"],
  guest: ["tail", "/dev/zero"],
  stderr: `vimto: ${sentence}\n`,
  status: 125,
});

test("a machine that is out of memory never stops for good", async () => {
  // One of five did: the kernel kills nobody while all that wants memory is a read of a page of a file.
  const args = ["--memory", "64M", "--kernel", anyKernel(), "exec", "tail", "/dev/zero"];
  for (let times = 0; times < 12; times++)
    compare(await vimto(args), { stderr: `vimto: ${sentence}\n`, status: 125 });
});

vmTestOn("one", "a command that is content with 32M", {
  flags: ["--memory", "32M"],
  guest: "echo content",
  stdout: "content\n",
});

vmTestOn("one", "a shell outlives its command that took too much", {
  flags: ["--memory", "64M"],
  guest: "tail /dev/zero; echo $?",
  stdout: "137\n",
  stderr: "Killed\n",
});

vmTestOn("one", "that a command failed as one of its processes took too much is said", {
  flags: ["--memory", "64M"],
  guest: "sh -c 'tail /dev/zero; exit 3'; exit $?",
  stderr:
    /^Killed\nvimto: the guest ran out of memory and its kernel killed "tail" \(process [0-9]+\); give the command more than 64M with --memory\n$/,
  status: 3,
});

// The kernels of Debian have memory cgroups.
vmTestOn(["debian-6.12"], "a command whose cgroup has no memory left is not told to take more", {
  flags: ["--sudo"],
  guest: `cd /sys/fs/cgroup && echo +memory >cgroup.subtree_control && mkdir small && echo 8M >small/memory.max
echo $$ >small/cgroup.procs && exec tail /dev/zero`,
  stderr:
    "vimto: the guest's kernel killed the command, as its cgroup in the guest had no memory left\n",
  status: 137,
});

vmTestOn("one", "SIGKILL by somebody else is not taken for that", {
  guest: "echo bye; kill -KILL $$",
  stdout: "bye\n",
  status: 137,
});

vmTestOn("one", "teardown runs although the command took too much", () => {
  const cwd = project({ ".vimto.toml": 'teardown = "echo down"\n' });
  chmodSync(cwd, 0o755);
  return {
    cwd,
    flags: ["--memory", "64M"],
    guest: ["tail", "/dev/zero"],
    stdout: "down\n",
    stderr: `vimto: ${sentence}\n`,
    status: 125,
  };
});

test("a machine may be larger than the host", async () => {
  const cpus = availableParallelism() + 1;
  const mebibytes = Math.ceil(totalmem() / 2 ** 20) + 1;
  const flags = ["--smp", `cpus=${cpus}`, "--memory", `${mebibytes}`, "--verbose"];
  for (const way of [["--fresh"], []]) {
    const { stdout, stderr, status } = await vimto([
      ...["--kernel", anyKernel(), ...flags, ...way, "exec", "echo", "fits"],
    ]);
    expect({ stdout: `${stdout}`, status }).toEqual({ stdout: "fits\n", status: 0 });
    expect(`${stderr}`).toContain(`\nvimto: the guest has ${cpus} CPUs, which take turns on the `);
    expect(`${stderr}`).toContain(": what the guest uses must fit\n");
  }
});

// This kernel has CONFIG_NR_CPUS=2, the others at least 64.
vmTest("that the kernel brings up fewer CPUs than the machine has is said", ({ name, path }) => {
  const most = name === "builtin-6.12" ? 2 : 3;
  const few = `vimto: the kernel "${path}" brings up no more than 2 CPUs (CONFIG_NR_CPUS), and not the 3 that smp asks for\n`;
  return {
    flags: ["--smp", "3"],
    guest: "nproc",
    stdout: `${most}\n`,
    stderr: most < 3 ? few : "",
  };
});
