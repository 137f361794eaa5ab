import { describe, expect, test } from "vitest";
import {
  anyKernel,
  commandLine,
  executable,
  markedProcesses,
  Pty,
  project,
  type Running,
  StoppedReader,
  sharedCache,
  throughReader,
  vmTest,
  vmTestOn,
} from "../harness/index.ts";

/** Sends the signal to vimto when the guest has written a line that says it is ready. */
const whenReady = (signal: NodeJS.Signals) => async (running: Running) => {
  await running.stdout.find(/ready\n/);
  running.process.kill(signal);
};

vmTestOn("one", "a signal to all processes does not reach those of vimto", {
  flags: ["--sudo"],
  guest: "trap '' TERM HUP; kill -TERM -1; kill -HUP -1; kill -HUP $PPID; echo alive; exit 3",
  stdout: "alive\n",
  status: 3,
});

/** Waits for ever, and unlike `sleep` in the foreground lets a trap run at once. */
const idle = "sleep 1000 & while :; do wait $!; done";

for (const signal of ["SIGINT", "SIGTERM"] as const) {
  const short = signal.slice(3);
  // dash says so of a child that the signal ended, unless its own trap is quicker.
  const said = signal === "SIGTERM" ? "(?:Terminated\\n)*" : "";
  vmTest(`${signal} reaches the command, which decides`, {
    guest: `trap 'echo caught; exit 3' ${short}; echo ready; ${idle}`,
    host: whenReady(signal),
    stdout: "ready\ncaught\n",
    stderr: new RegExp(`^${said}$`),
    status: 3,
  });

  // The parent runs its trap when the child in the foreground has ended.
  vmTestOn("one", `${signal} reaches the whole process group`, {
    guest: `trap 'echo parent; exit 4' ${short}
      (trap 'echo child; exit' ${short}; echo ready; ${idle}); :`,
    host: whenReady(signal),
    stdout: "ready\nchild\nparent\n",
    stderr: new RegExp(`^${said}$`),
    status: 4,
  });

  vmTestOn("one", `${signal} ends a command that does not catch it`, {
    guest: "echo ready; exec sleep 1000",
    host: whenReady(signal),
    stdout: "ready\n",
    status: signal === "SIGINT" ? 130 : 143,
  });

  vmTestOn("one", `a second ${signal} ends the machine`, {
    guest: `trap 'echo ignored' ${short}; echo ready; ${idle}`,
    host: async (running) => {
      await whenReady(signal)(running);
      await running.stdout.find(/ignored\n/);
      // Within 100 ms it would be taken for the same signal.
      await Bun.sleep(200);
      running.process.kill(signal);
    },
    stdout: "ready\nignored\n",
    stderr: new RegExp(`^${said}vimto: the machine was ended by ${signal}\n$`),
    status: signal === "SIGINT" ? 130 : 143,
  });
}

vmTestOn("one", "one SIGTERM ends the machine of a guest that hangs", {
  flags: ["--sudo"],
  guest: "kill -STOP $(pgrep -x serve); echo ready; sleep 1000",
  host: whenReady("SIGTERM"),
  stdout: "ready\n",
  stderr:
    "vimto: the guest did not answer for 10 s after SIGTERM, so its machine was ended; it hangs or is suspended\n",
  status: 143,
});

vmTest("a signal reaches a command whose stdout nobody reads", {
  under: throughReader(1 << 20),
  guest: "trap 'echo caught >&2; exit 7' TERM; echo ready >&2; yes; :",
  host: async (running) => {
    const reader = await StoppedReader.of(running);
    // Long enough for every buffer between to fill.
    await Bun.sleep(3000);
    await vimtoItself(running, "SIGTERM");
    await running.stderr.find(/caught\n/);
    reader.goOn();
  },
  // No group with a repetition: there are millions of lines.
  stdout: /^y\n[y\n]+$/,
  // dash says so of a foreground command that a signal ended.
  stderr: "ready\nTerminated\ncaught\n",
  status: 7,
});

/** Signals vimto alone, and not what runs it. */
async function vimtoItself({ mark }: Running, signal: NodeJS.Signals): Promise<void> {
  for (const { pid, command } of markedProcesses(mark)) {
    if (command.startsWith(executable)) process.kill(pid, signal);
  }
}

// Its time counts from the boot on.
vmTestOn("fastest", "--timeout ends the command", {
  flags: ["--timeout", "20s"],
  guest: "echo started; sleep 1000",
  stdout: "started\n",
  stderr: "vimto: the command was ended because it took longer than 20 s (--timeout)\n",
  status: 125,
});

vmTestOn("one", "--timeout leaves a command alone that ends in time", {
  flags: ["--timeout", "10m"],
  guest: "echo done",
  stdout: "done\n",
});

describe("on a terminal", () => {
  const cwd = project();
  const env = { ...process.env, XDG_CACHE_HOME: sharedCache };
  const start = (guest: string, afterwards = ":") => {
    const script = `before=$(stty -g); echo "$before"; "$@"; echo "status $?"; ${afterwards}; stty -g`;
    const command = commandLine(anyKernel(), [], guest);
    return new Pty(["bash", "-c", script, "bash", executable, ...command], { cwd, env });
  };
  /** What the terminal shows between two equal lines, its settings before and after. */
  const between = (pty: Pty) => {
    const lines = pty.text.replaceAll("\r\n", "\n").trimEnd().split("\n");
    expect(lines.at(-1)).toBe(lines[0]);
    return lines.slice(1, -1);
  };

  test("Ctrl-C reaches the command", async () => {
    const pty = start(`trap 'echo caught; exit 3' INT; echo ready; ${idle}`);
    await pty.find(/ready\r\n/);
    pty.type("\x03");
    await pty.exited;
    // The kernel sends the signal before it echoes the key (drivers/tty/n_tty.c, n_tty_receive_signal_char).
    const lines = between(pty).map((line) => line.replace("^C", ""));
    expect(lines).toEqual(["ready", "caught", "status 3"]);
  });

  test("a line that is typed reaches the command, and Ctrl-D ends its input", async () => {
    const pty = start('echo ready; while read -r line; do echo "got $line"; done; echo end');
    await pty.find(/ready\r\n/);
    pty.type("hello\n");
    await pty.find(/got hello\r\n/);
    pty.type("\x04");
    await pty.exited;
    expect(between(pty)).toEqual(["ready", "hello", "got hello", "end", "status 0"]);
  });

  test("after kill -9 of vimto the terminal is as before", async () => {
    // What gives the modes back is a process beside the shell, so the shell waits for it.
    const back = 'until [ "$(stty -g)" = "$before" ]; do :; done';
    const pty = start("echo ready; sleep 1000", back);
    await pty.find(/ready\r\n/);
    const children = Bun.spawnSync(["pgrep", "-P", String(pty.process.pid)]).stdout.toString();
    process.kill(Number(children.trim()), "SIGKILL");
    await pty.exited;
    expect(between(pty).filter((line) => !line.includes("Killed"))).toEqual([
      "ready",
      "status 137",
    ]);
  });
});
