import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeProgram } from "../../libs/asm/src/testing/program-file.ts";
import {
  anotherUser,
  anyKernel,
  bootAndCompare,
  cloudKernel,
  compare,
  eachKernel,
  needs,
  project,
  refused,
  vimto,
  vmTestOn,
} from "../harness/index.ts";

const withKernel = (...flags: string[]) => ["--kernel", anyKernel(), ...flags, "exec", "true"];

test("a kernel that is empty", async () => {
  const cwd = project({ kernel: "" });
  const sentence = `kernel "${cwd}/kernel" is empty (0 bytes); build or download it again`;
  await refused(["--kernel", "./kernel", "exec", "true"], sentence, { cwd });
});

test("a kernel that is cut in half", async () => {
  const boot = join(anyKernel(), "boot");
  const name = readdirSync(boot).find((file) => file.startsWith("vmlinuz")) ?? "vmlinuz";
  const bytes = readFileSync(join(boot, name));
  const cwd = project();
  writeFileSync(join(cwd, "kernel"), bytes.subarray(0, bytes.length / 2));
  const sentence = new RegExp(
    `^vimto: kernel "${cwd}/kernel" is cut: its headers speak of \\d+ bytes and it has ` +
      `${Math.floor(bytes.length / 2)}; build or download it again\n$`,
  );
  await refused(["--kernel", "kernel", "exec", "true"], sentence, { cwd });
});

test("a kernel that is damaged", async () => {
  const boot = join(anyKernel(), "boot");
  const name = readdirSync(boot).find((file) => file.startsWith("vmlinuz")) ?? "vmlinuz";
  const bytes = readFileSync(join(boot, name));
  const middle = Math.floor(bytes.length / 2);
  const cwd = project();
  writeFileSync(join(cwd, "kernel"), bytes.fill(0x5a, middle, middle + 4096));
  const { status, stderr } = await vimto(["--kernel", "kernel", "exec", "true"], { cwd });
  expect(stderr).toMatch(
    /\n {3}-- System halted\nvimto: the kernel image does not unpack itself \([^\n]+\); it is damaged, get it again\n$/,
  );
  expect(status).toBe(125);
});

test("a kernel that may not be read", async () => {
  const cwd = project({ kernel: "secret" });
  chmodSync(join(cwd, "kernel"), 0);
  const { under, cache } = anotherUser(cwd);
  const sentence = new RegExp(`^vimto: kernel "${cwd}/kernel" [^\n]*read[^\n]*\n$`);
  await refused(["--kernel", "kernel", "exec", "true"], sentence, { cwd, under, cache });
});

test("a kernel that is not UTF-8", async () => {
  await refused(
    ["--kernel"],
    'the argument "a\ufffd" has bytes that are not UTF-8, and vimto cannot look it up; use a name of valid UTF-8, such as a symbolic link',
    { under: ["bash", "-c", `"$@" $'a\\xff' exec true`, "bash"] },
  );
});

test("an option of vimto behind exec", async () => {
  compare(await vimto(["--kernel", anyKernel(), "exec", "--memory", "1G", "true"]), {
    stderr:
      'vimto: the command "--memory" was not found in PATH; options of vimto stand before exec\n',
    status: 127,
  });
});

test("help that cannot be written", async () => {
  await refused(["--help"], "stdout cannot be written (ENOSPC); make room, or send it elsewhere", {
    under: ["bash", "-c", '"$@" >/dev/full', "bash"],
  });
});

test("a program instead of a kernel", async () => {
  await refused(
    ["--kernel", "/bin/true", "exec", "true"],
    'kernel "/bin/true" is not a Linux kernel: it looks like an ELF executable for user space; name a bzImage, an ELF vmlinux or an arm64 Image',
  );
});

test("a kernel that has no way to share files", async (context) => {
  needs(context, existsSync(cloudKernel), "there is no cloud kernel: run scripts/setup test");
  await refused(
    ["--kernel", cloudKernel, "--fs", "9p", "exec", "true"],
    new RegExp(
      `^vimto: kernel "${cloudKernel}" \\(6\\.1\\.\\S+\\) was built without 9p \\(CONFIG_NET_9P_VIRTIO, CONFIG_9P_FS\\), ` +
        "over which vimto shares files; [^\n]*use Debian's linux-image-amd64 instead of linux-image-cloud-amd64\n$",
    ),
  );
});

test.each([
  [["--memory", "0"], '--memory "0" leaves the command no memory; write 128M or more'],
  [["--smp", "0"], '--smp "0" leaves no CPU; write 1 or more'],
  [["--smp", "two"], '--smp "two" is not a number of CPUs; write 2, say'],
  [["--frob"], "unknown option --frob; vimto --help lists the options"],
  [["--timeout", "-3"], '--timeout "-3" is less than no time; write for example 30s, 1m30s or 2h'],
])("%j", async (flags, sentence) => {
  await refused(withKernel(...flags), sentence);
});

test("more memory and processors than a machine can have", async () => {
  const memory =
    /^vimto: --memory "9999G" is more than the \S+ that a machine can have; write less\n$/;
  await refused(withKernel("--memory", "9999G"), memory);
  await refused(
    withKernel("--smp", "9999"),
    '--smp "9999" is more than the 288 CPUs that a machine can have; write 288 or less',
  );
});

test("limits that leave vimto itself too little", async () => {
  const files = "vimto may not open more files; raise the limit with: ulimit -n 256";
  await refused(withKernel(), files, { under: ["prlimit", "--nofile=20:20"] });
  const addresses =
    "vimto was refused the address space that it needs; raise the limit with: ulimit -v unlimited";
  await refused(withKernel(), addresses, { under: ["prlimit", `--as=${2 ** 31}`] });
});

test("a share that is not there, and one that is a file", async () => {
  const cwd = project({ file: "" });
  const missing =
    /^vimto: --share "\/no\/such" does not exist[^\n]*; make it or correct the path\n$/;
  await refused(withKernel("--share", "/no/such"), missing, { cwd });
  const file = '--share "./file" is not a directory; share the directory that holds it';
  await refused(withKernel("--share", "./file"), file, { cwd });
});

test("QEMU that is not there", async () => {
  await refused(
    withKernel(),
    'QEMU "/no/qemu" does not exist; name a qemu-system-x86_64, or leave the path out to use PATH',
    { env: { VIMTO_QEMU: "/no/qemu" } },
  );
  await refused(
    withKernel(),
    'qemu-system-x86_64 is not in PATH; install it with "apt install qemu-system-x86", or whatever your distribution calls it',
    { env: { PATH: "/nowhere", VIMTO_QEMU: undefined } },
  );
});

test("a QEMU that dies at once", async () => {
  const cwd = project();
  writeProgram(join(cwd, "qemu"), "#!/bin/sh\necho broken >&2\nexit 3\n");
  const env = { VIMTO_QEMU: join(cwd, "qemu") };
  const { status, stderr } = await vimto(withKernel(), { env, cwd });
  expect({ status, lines: stderr.split("\n").length }).toEqual({ status: 125, lines: 2 });
});

test("a working directory that was deleted", async () => {
  const cwd = project();
  mkdirSync(join(cwd, "gone"));
  const under = ["sh", "-c", 'cd gone && rmdir ../gone && exec "$@"', "sh"];
  // Bun itself says that, with its own status, before any of vimto's code runs.
  compare(await vimto(withKernel(), { cwd, under }), {
    status: 1,
    stderr: /^error: The current working directory was deleted[^\n]*\n?$/,
  });
  rmSync(cwd, { recursive: true });
});

const tail = (sentence: string, heading = "ended with") =>
  new RegExp(
    `^vimto: the guest's console ${heading}:\n(?: {2}[^\n\\x1b]*\n)+vimto: ${sentence}\n$`,
  );

eachKernel("a kernel that panics", "all", (kernel) => {
  test(kernel.name, () =>
    bootAndCompare(kernel, {
      flags: ["--sudo"],
      guest: "echo before; read -r line; echo c >/proc/sysrq-trigger",
      stdin: "pipe",
      // What it has said is with the host by then.
      host: async ({ process: { stdin }, stdout }) => {
        await stdout.find(/before\n/);
        if (typeof stdin !== "object") throw new Error("stdin is no pipe");
        await stdin.write("\n");
        await stdin.end();
      },
      stdout: "before\n",
      stderr: tail(
        "the guest's kernel panicked in sh \\(pid \\d+\\): sysrq triggered crash",
        "said \\(--verbose shows all of it\\):\n {2}[^\n]*Kernel panic - not syncing: sysrq triggered crash[^\n]*\n(?: {2}[^\n]*\n)* {2}[^\n]*Call Trace",
      ),
      status: 125,
    }),
  );
});

/** reboot(2); the numbers are those of linux/reboot.h and of the system call. */
const reboot = (command: string) =>
  `perl -e 'syscall(${process.arch === "arm64" ? 142 : 169}, 0xfee1dead, 672274793, ${command}, 0)'`;

// Devices go before the power does: what guest init says of the port it lost is not the reason, and a shell that looks for
// a program may say that the file system is gone.
for (const [what, guest, did] of [
  ["by sysrq", "echo o >/proc/sysrq-trigger; kill -STOP $$", "powered itself off"],
  ["by reboot(2)", reboot("0x4321fedc"), "powered itself off"],
  ["but leaves the power on", reboot("0xcdef0123"), "halted itself"],
  ["and on again", reboot("0x1234567"), "restarted"],
] as const)
  vmTestOn(["builtin-6.12", "debian-6.12"], `a command that turns the guest off, ${what}`, {
    flags: ["--sudo"],
    guest,
    stderr: tail(`the guest ${did} before the command was over`),
    status: 125,
  });

vmTestOn(["debian-6.12"], "a command that sends the guest to sleep", {
  flags: ["--sudo"],
  guest: `for state in freeze mem; do (echo $state >/sys/power/state); done
    cat /sys/power/state; umount /sys/power/state; echo mem >/sys/power/state; sleep 100`,
  stdout: "freeze mem disk\n",
  // A clone's console has said nothing yet.
  stderr:
    /^(sh: \d+: cannot create \/sys\/power\/state: Read-only file system\n){2}(?:[\s\S]*\n)?vimto: the guest suspended itself before the command was over\n$/,
  status: 125,
});

vmTestOn("one", "guest init that is killed", {
  flags: ["--sudo"],
  // It needs no file from then on: guest init goes, and the files of the host with it.
  guest: "kill -KILL $(pgrep -x serve); while :; do :; done",
  stderr: tail(
    "guest init, which runs the command in the guest, failed: its process serve was killed by signal 9",
  ),
  status: 125,
});

vmTestOn("one", "a command that takes all memory is killed, and the run goes on to its end", {
  guest: "sh -c 'a=x; while :; do a=$a$a; done'; echo status $?",
  stdout: "status 137\n",
  stderr: "Killed\n",
});
