import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  anyKernel,
  commandLine,
  compare,
  eachWay,
  executable,
  Pty,
  project,
  refused,
  sharedCache,
  vimto,
} from "../harness/index.ts";

const env = { ...process.env, XDG_CACHE_HOME: sharedCache, TERM: "xterm", PS1: "$ " };
/**
 * vimto on a terminal. Prints the terminal's settings before and after the run, and the status between. The trap keeps
 * the script going when Ctrl-C ends the command.
 */
const onTerminal = (args: readonly string[], cwd = project(), redirected = "") =>
  new Pty(
    [
      "bash",
      "-c",
      `trap : INT; stty -g; "$@" ${redirected}; echo status $?; stty -g`,
      "bash",
      executable,
      ...args,
    ],
    { cwd, env },
  );

/** What was shown between the two lines with the terminal's settings, which must be equal. */
function between(pty: Pty): string {
  const lines = pty.text.replaceAll("\r\n", "\n").trimEnd().split("\n");
  expect(lines.at(-1)).toBe(lines[0]);
  return lines.slice(1, -1).join("\n");
}

eachWay("a shell on a terminal", "all", "first", (kernel, { label, flags }) => {
  test(`has job control, its size and its keys: ${label}`, async () => {
    const shell = ["bash", "--norc", "--noprofile", "-i"];
    const pty = onTerminal(commandLine(kernel.path, flags, shell));
    await pty.find(/[#$] $/);
    const type = async (text: string, shown: RegExp) => {
      pty.type(text);
      await pty.find(shown);
    };
    await type(
      "tty; stty size; test -t 2 && echo all; : >/dev/tty\r",
      /\/dev\/pts\/0\r\n24 80\r\nall\r\n[^\n]*[#$] $/,
    );
    pty.resize(100, 30);
    const waits = 'until [ "$(stty size)" = "30 100" ]; do sleep 0.1; done; echo "re"sized\r';
    await type(waits, /\rresized\r\n[^\n]*[#$] $/);
    // It says what it is at: keys that come while the shell is in the foreground are the shell's. It starts no
    // program: a Ctrl-Z between dash's vfork(2) and execve(2) stops the child alone, and the job never.
    const job = `sh -c 'trap "echo con""tinues" CONT; echo be""gins; while :; do read -r line; done'\r`;
    await type(job, /begins\r\n/);
    await type("\x1a", /Stopped[^\n]*\n[^\n]*[#$] $/);
    await type("fg\r", /fg\r\n[^\n]*sh -c [^\n]*\r\n/);
    // The trap runs behind the read of a line, or in its place.
    await type("\r", /continues\r\n/);
    // Such a key empties the queues of a terminal, so that ^C itself may not be shown.
    await type("\x03", /continues\r\n.*[#$] $/s);
    await type("echo interrupted $?\r", /\rinterrupted 130\r\n[^\n]*[#$] $/);
    pty.type("exit 7\r");
    await pty.exited;
    expect(between(pty)).toMatch(/status 7$/);
  });
});

describe("a command on a terminal", () => {
  const start = (guest: string, flags: readonly string[] = [], cwd?: string, redirected?: string) =>
    onTerminal(commandLine(anyKernel(), flags, guest), cwd, redirected);

  test("prints 30 MB without a loss", async () => {
    const pty = start("head -c 30000000 /dev/zero | tr '\\0' x; echo; echo end");
    await pty.exited;
    const [, printed = "", ...rest] = pty.text.replaceAll("\r\n", "\n").split("\n");
    expect([printed.length, /^x*$/.test(printed)]).toEqual([30_000_000, true]);
    expect(rest.slice(0, 2)).toEqual(["end", "status 0"]);
  });

  test("gets 1 MB that is pasted, byte for byte", async () => {
    const pty = start("stty raw -echo; echo ready; head -c 1000000 | sha256sum; stty sane");
    await pty.find(/ready/);
    // Not a tilde, which vimto looks at behind the end of a line.
    const line = `${String.fromCharCode(...Array.from({ length: 90 }, (_, index) => 32 + index))}\n`;
    const text = line.repeat(11_000).slice(0, 1_000_000);
    const sha256 = new Bun.CryptoHasher("sha256").update(text).digest("hex");
    pty.type(text);
    await pty.find(new RegExp(`${sha256}  -`));
    await pty.exited;
  });

  test("has a file for stderr where the host has one", async () => {
    const cwd = project();
    const pty = start("test -t 0 && test -t 1 && ! test -t 2 && echo log >&2", [], cwd, "2>log");
    await pty.exited;
    expect(between(pty)).toBe("status 0");
    expect(readFileSync(join(cwd, "log"), "utf8")).toBe("log\n");
  });

  test("is ended by ~. when it does not answer", async () => {
    const pty = start(
      "trap '' INT TERM HUP QUIT; stty -echo; echo ready; while :; do sleep 1000; done",
    );
    await pty.find(/ready\r\n/);
    pty.type("~\r~x\r~.");
    await pty.exited;
    expect(between(pty)).toBe("ready\nvimto: the machine was ended by ~.\nstatus 125");
  });

  test("is followed by a shell where it failed, with --shell-on-failure", async () => {
    const cwd = project({ ".vimto.toml": 'teardown = "test -e /tmp/left"\n' });
    const flags = ["--shell-on-failure"];
    const pty = start("stty raw; echo here >/tmp/left; exit 3", flags, cwd);
    await pty.find(
      /vimto: the command ended with status 3; this shell is in the same machine, and exit leaves it\r\n.*[#$] $/s,
    );
    pty.type("cat /tmp/left; kill -9 $$\r");
    await pty.exited;
    expect(between(pty)).toMatch(/here\n(.*\n)*status 3$/);
    const well = start("echo well", flags);
    await well.exited;
    expect(between(well)).toBe("well\nstatus 0");
  });

  test("that Ctrl-C ended has that shell too, and its status is the command's", async () => {
    const pty = start("echo ready; sleep 1000", ["--shell-on-failure"]);
    await pty.find(/ready\r\n/);
    pty.type("\x03");
    await pty.find(/vimto: the command ended with status 130;.*[#$] $/s);
    pty.type("exit 9\r");
    await pty.exited;
    expect(between(pty)).toMatch(/status 130$/);
  });

  test("draws and edits lines as at home: less, python3, gdb", async () => {
    const cwd = project({
      long: Array.from({ length: 500 }, (_, line) => `line ${line}\n`).join(""),
    });
    const pty = start("exec sh -i", [], cwd);
    const step = async (typed: string, shown: RegExp) => {
      pty.type(typed);
      await pty.find(shown);
    };
    await pty.find(/[#$] $/);
    await step("less long\r", /line 22\r\n/);
    await step("G", /line 499\r\n.*\(END\)/s);
    await step("q", /[#$] $/);
    await step("python3 -q\r", />>> $/);
    await step("6*7\r", /\n42\r\n.*>>> $/s);
    await step("\x04", /[#$] $/);
    await step("gdb -q -nx\r", /\(gdb\) $/);
    await step("print 6*7\r", /\$1 = 42\r\n.*\(gdb\) $/s);
    await step("quit\r", /[#$] $/);
    pty.type("exit\r");
    await pty.exited;
    expect(between(pty)).toMatch(/status 0$/);
  });

  test("has pipes with --tty never", async () => {
    const pty = start("test -t 0 || test -t 1 || echo pipes", ["--tty", "never"]);
    await pty.exited;
    expect(between(pty)).toBe("pipes\nstatus 0");
  });
});

test("a terminal can be asked for where the host has none, and ends as its input does", async () => {
  const args = commandLine(
    anyKernel(),
    ["-t"],
    "tty; stty size; cat >/dev/null; test -t 2 || echo pipe >&2",
  );
  compare(await vimto(args), { stdout: "/dev/pts/0\r\n24 80\r\n", stderr: "pipe\n" });
});

test("a shell needs a terminal", async () => {
  await refused(
    ["--kernel", anyKernel(), "shell"],
    "shell needs a terminal on stdin and stdout; without one, write: vimto exec -- COMMAND",
  );
});
