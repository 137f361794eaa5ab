import { chmodSync } from "node:fs";
import { test } from "vitest";
import { anyKernel, compare, project, vimto, vmTest, vmTestOn } from "../harness/index.ts";

/** A project that everybody may enter, whose settings file has these commands. */
function hooks(setup: readonly string[], teardown: readonly string[] = []): string {
  const cwd = project({
    ".vimto.toml": `setup = ${JSON.stringify(setup)}\nteardown = ${JSON.stringify(teardown)}\n`,
  });
  chmodSync(cwd, 0o755);
  return cwd;
}

// clone(2): EPERM in a chroot jail. With setup, the command enters a root that another process built.
vmTest("user namespaces can be made amid setup and teardown", () => ({
  cwd: hooks(["unshare -Ur true"], ["unshare -Ur echo teardown"]),
  flags: ["--user", "4242"],
  guest: ["unshare", "-Ur", "id", "-u"],
  stdout: "0\nteardown\n",
}));

vmTest("user namespaces can be made without setup", () => ({
  cwd: hooks([]),
  flags: ["--user", "4242"],
  guest: ["unshare", "-Ur", "id", "-u"],
  stdout: "0\n",
}));

vmTestOn("one", "a setup command that is not there", () => ({
  cwd: hooks(["vimto-no-such-command --x"]),
  guest: "echo never",
  stderr:
    'vimto: the setup command "vimto-no-such-command --x" could not be run: the command "vimto-no-such-command" was not found in PATH\n',
  status: 125,
}));

vmTestOn("one", "a setup command that a signal ended", () => ({
  cwd: hooks(["sh -c 'kill -KILL $$'"]),
  guest: "echo never",
  stderr: `vimto: the setup command "sh -c 'kill -KILL $$'" was ended by signal 9\n`,
  status: 125,
}));

vmTestOn("one", "teardown runs although the command failed, whose status counts", () => ({
  cwd: hooks([], ["false", "echo down"]),
  guest: "echo command; exit 5",
  stdout: "command\ndown\n",
  stderr: 'vimto: the teardown command "false" failed with exit status 1\n',
  status: 5,
}));

vmTestOn("one", "a failing teardown command fails a run that was good", () => ({
  cwd: hooks([], ["false", "echo down"]),
  guest: "echo command",
  stdout: "command\ndown\n",
  stderr: 'vimto: the teardown command "false" failed with exit status 1\n',
  status: 125,
}));

vmTestOn("one", "a command that is not there amid setup and teardown", () => ({
  cwd: hooks(["echo up"], ["echo down"]),
  guest: ["vimto-no-such-command"],
  stdout: "up\ndown\n",
  stderr: 'vimto: the command "vimto-no-such-command" was not found in PATH\n',
  status: 127,
}));

vmTestOn("one", "setup and teardown read nothing of what is for the command", () => ({
  cwd: hooks(["cat"], ["cat"]),
  input: "input\n",
  guest: ["cat"],
  stdout: "input\n",
}));

vmTestOn("one", "teardown runs when a signal ended the command", () => ({
  cwd: hooks([], ["echo down"]),
  guest: "echo ready; exec sleep 1000",
  host: async (running) => {
    await running.stdout.find(/ready\n/);
    running.process.kill("SIGINT");
  },
  stdout: "ready\ndown\n",
  status: 130,
}));

vmTestOn("one", "a signal in the middle of setup ends the machine", () => ({
  cwd: hooks(["sh -c 'echo ready; exec sleep 1000'"], ["echo never"]),
  guest: "echo never",
  host: async (running) => {
    await running.stdout.find(/ready\n/);
    running.process.kill("SIGTERM");
  },
  stdout: "ready\n",
  stderr: "vimto: the machine was ended by SIGTERM\n",
  status: 143,
}));

// The boot counts as well.
vmTestOn("fastest", "--timeout counts setup too", () => ({
  cwd: hooks(["sleep 1000"]),
  flags: ["--timeout", "20s"],
  guest: "echo never",
  stderr: "vimto: the run was ended because it took longer than 20 s (--timeout)\n",
  status: 125,
}));

// More than the pipe in the guest and the window of the host hold.
const SIZE = 4 << 20;
vmTestOn("one", "all that setup and teardown print arrives, before what follows", () => ({
  cwd: hooks([`head -c ${SIZE} /dev/zero`], [`head -c ${SIZE} /dev/zero`]),
  guest: "printf middle",
  stdout: new RegExp(`^\\0{${SIZE}}middle\\0{${SIZE}}$`),
}));

vmTestOn("one", "setup gets an environment as large as the command may have", () => ({
  cwd: hooks(['sh -c "printf %s $A$B$C$D$E$F$G | wc -c"']),
  // A single string may be 128 KiB long (execve(2)).
  env: Object.fromEntries(
    ["A", "B", "C", "D", "E", "F", "G"].map((name) => [name, "x".repeat(125_000)]),
  ),
  guest: "printf %s $A$B$C$D$E$F$G | wc -c",
  stdout: "875000\n875000\n",
}));

test("setup output is never lost, however early in a boot it comes", async () => {
  // What holds the streams open was once looked for before it was there: in one of ten boots.
  const cwd = hooks(["echo first"]);
  const args = ["--fresh", "--kernel", anyKernel(), "exec", "echo", "second"];
  for (let boot = 0; boot < 8; boot++)
    compare(await vimto(args, { cwd }), { stdout: "first\nsecond\n" });
});

test("a teardown command that cannot be started fails the run", async () => {
  const cwd = hooks([], ["false", "sh -c 'echo down; exit 4'"]);
  const guest = "echo 1 >/proc/sys/kernel/threads-max; echo cmd";
  const args = ["--kernel", anyKernel(), "--sudo", "exec", "sh", "-c", guest];
  compare(await vimto(args, { cwd }), {
    stdout: "cmd\n",
    stderr:
      'vimto: the teardown command "false" could not be run: the guest cannot start a process (EAGAIN); --verbose shows the kernel\'s messages\n' +
      "vimto: the teardown command \"sh -c 'echo down; exit 4'\" could not be run: the guest cannot start a process (EAGAIN); --verbose shows the kernel's messages\n",
    status: 125,
  });
});

test("teardown runs although the command could not enter its directory", async () => {
  const cwd = hooks(["echo up"], ["echo down"]);
  chmodSync(cwd, 0o700);
  compare(
    await vimto(["--kernel", anyKernel(), "--user", "4242", "exec", "echo", "cmd"], { cwd }),
    {
      stdout: "up\ndown\n",
      stderr: `vimto: the working directory "${cwd}" cannot be entered in the guest (EACCES): let the user of the command search it and what is above it\n`,
      status: 125,
    },
  );
});
