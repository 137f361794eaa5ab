import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  anyKernel,
  commandLine,
  executable,
  Pty,
  project,
  sharedCache,
  Traces,
  until,
  vmTestOn,
} from "../harness/index.ts";

/** Waits for ever, and unlike `sleep` in the foreground lets a trap run at once. */
const idle = "sleep 1000 & while :; do wait $!; done";
/** vimto on a terminal, below a shell where `script` is one. What it leaves is found by `traces`. */
function onTerminal(guest: string, { script = "", flags = [] as readonly string[] } = {}) {
  const traces = new Traces();
  const cwd = project();
  const vimto = [executable, ...commandLine(anyKernel(), flags, guest)];
  const command = script === "" ? vimto : ["bash", "-c", script, "bash", ...vimto];
  const env = {
    ...process.env,
    ...traces.environment,
    XDG_CACHE_HOME: sharedCache,
    TERM: "xterm",
    PS1: "$ ",
  };
  const pty = new Pty(command, { cwd, env });
  return {
    pty,
    traces,
    file: (name: string) => {
      try {
        return readFileSync(join(cwd, name), "utf8");
      } catch {
        return undefined;
      }
    },
  };
}

test.each([
  ["", "vimto leads its session"],
  ['"$@"; :', "a shell does, as below sshd"],
])("a terminal that is closed reaches the command, and nothing is left: %s%s", async (script) => {
  // The shell and the kernel send SIGHUP, one after the other: it is no sign of impatience.
  const guest = `trap 'sleep 1; echo caught >caught; exit 3' HUP; echo ready; ${idle}`;
  const { pty, traces, file } = onTerminal(guest, { script });
  try {
    await pty.find(/ready\r\n/);
    pty.close();
    const status = await pty.exited;
    if (script === "") expect(status).toBe(3);
    await traces.leavesNothing();
    expect(file("caught")).toBe("caught\n");
  } finally {
    traces.kill();
  }
});

test("a command that ignores SIGHUP has no terminal any more when that is closed", async () => {
  const guest =
    "trap '' HUP; echo ready; while read -r line || read -r line || read -r line; do :; done; echo lost || echo gone >gone; exit 4";
  const { pty, traces, file } = onTerminal(guest);
  try {
    await pty.find(/ready\r\n/);
    pty.close();
    expect(await pty.exited).toBe(4);
    await traces.leavesNothing();
    expect(file("gone")).toBe("gone\n");
  } finally {
    traces.kill();
  }
});

test("a shell in the guest ends with the terminal", async () => {
  const { pty, traces } = onTerminal("echo ready; exec bash --norc --noprofile -i");
  try {
    await pty.find(/ready\r\n.*[#$] $/s);
    pty.close();
    await pty.exited;
    await traces.leavesNothing();
  } finally {
    traces.kill();
  }
});

vmTestOn("one", "what vimto was started to ignore, as by nohup, does not end the command", {
  under: ["nohup"],
  guest: `trap 'exit 5' USR1; echo ready; ${idle}`,
  host: async ({ stdout, process: child }) => {
    await stdout.find(/ready\n/);
    child.kill("SIGHUP");
    child.kill("SIGUSR1");
  },
  stdout: "ready\n",
  // dash says so of a child that the signal ended, unless its own trap is quicker.
  stderr: /^(?:User defined signal 1\n)*$/,
  status: 5,
});

test.each(["bash", "dash"])("Ctrl-C ends a loop of %s around vimto", async (shell) => {
  const script = `exec ${shell} -c 'for i in 1 2 3; do echo run $i; "$@"; done; echo after' ${shell} "$@"`;
  const { pty, traces } = onTerminal("echo ready; exec sleep 1000", { script });
  try {
    await pty.find(/ready\r\n/);
    pty.type("\x03");
    await pty.exited;
    expect(pty.process.signalCode).toBe("SIGINT");
    expect(pty.text.match(/run \d|after/g)).toEqual(["run 1"]);
    await traces.leavesNothing();
  } finally {
    traces.kill();
  }
});

test("a loop goes on when the command ended by SIGINT and nobody typed Ctrl-C", async () => {
  const script = 'for i in 1 2; do echo "run $i"; "$@"; echo "status $?"; done';
  const { pty, traces } = onTerminal("kill -INT $$", { script });
  try {
    expect(await pty.exited).toBe(0);
    expect(pty.text.match(/run \d|status \d+/g)).toEqual([
      "run 1",
      "status 130",
      "run 2",
      "status 130",
    ]);
    await traces.leavesNothing();
  } finally {
    traces.kill();
  }
});

/** Says that it is there, in a session of its own, and in a file when the shell that starts it is stopped. */
const whenStopped = `setsid sh -c 'echo be""gins; until grep -q "^State:.T" /proc/$1/status; do sleep 0.1; done; echo stopped >stopped' sh $$ &`;

test("Ctrl-Z on the host stops a command with pipes too, and fg continues it", async () => {
  const guest = `trap 'echo con""tinues' CONT; ${whenStopped} ${idle}`;
  const script = "exec bash --norc --noprofile -i";
  const { pty, traces, file } = onTerminal(guest, { script });
  try {
    await pty.find(/[#$] $/);
    const words = [executable, ...commandLine(anyKernel(), ["--tty", "never"], guest)];
    const quoted = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
    pty.type(`${quoted}\r`);
    await pty.find(/begins\r\n/);
    pty.type("\x1a");
    await pty.find(/Stopped[^\n]*\n[^\n]*[#$] $/);
    await until("the command is stopped", 120, () => file("stopped") !== undefined);
    pty.type("fg\r");
    await pty.find(/\ncontinues\r\n/);
    pty.type("\x03");
    await pty.find(/\ncontinues\r\n.*[#$] $/s);
    pty.type("exit 7\r");
    expect(await pty.exited).toBe(7);
    await traces.leavesNothing();
  } finally {
    traces.kill();
  }
});
