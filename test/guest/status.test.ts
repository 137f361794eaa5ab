import { chmodSync } from "node:fs";
import { join } from "node:path";
import { project, vmTest, vmTestOn } from "../harness/index.ts";

for (const status of [1, 2, 124, 125, 255]) {
  vmTestOn("one", `the exit status ${status} is the command's`, {
    guest: `exit ${status}`,
    status,
  });
}

for (const [signal, number] of [
  ["HUP", 1],
  ["INT", 2],
  ["ABRT", 6],
  ["TERM", 15],
] as const) {
  vmTestOn("one", `a command that SIG${signal} ended`, {
    guest: `ulimit -c 0; kill -${signal} $$`,
    status: 128 + number,
  });
}

vmTestOn("one", "a command that is a path to nothing", {
  guest: ["/no/such/command"],
  status: 127,
  stderr: 'vimto: the command "/no/such/command" does not exist\n',
});

vmTestOn("one", "a command that is a directory", {
  guest: ["/usr"],
  status: 126,
  stderr: 'vimto: the command "/usr" is not an executable file, or may not be executed\n',
});

vmTest("a script whose interpreter is not there", () => {
  const cwd = project({ script: "#!/no/such/interpreter\n" });
  chmodSync(join(cwd, "script"), 0o755);
  return {
    cwd,
    guest: ["./script"],
    status: 127,
    stderr:
      'vimto: the command "./script" is there, but the interpreter or loader that it names is not\n',
  };
});

vmTest("arguments reach the command untouched", {
  guest: ["printf", "<%s>\\n", "", "a b", "--kernel", "--", "-x=1", "*", "$HOME", "'", "ä\n"],
  stdout: "<>\n<a b>\n<--kernel>\n<-->\n<-x=1>\n<*>\n<$HOME>\n<'>\n<ä\n>\n",
});

vmTestOn("one", "what the command leaves running ends with it", {
  guest: "sleep 1000 & echo started",
  stdout: "started\n",
});
