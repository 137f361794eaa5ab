import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import {
  anyKernel,
  emptyDirectory,
  executable,
  Pty,
  project,
  sharedCache,
  until,
} from "../harness/index.ts";

const kernel = anyKernel();
const toml = `
[[kernels]]
name = "one"
kernel = "${kernel}"
env = { WORD = "first" }

[[kernels]]
name = "two"
kernel = "${kernel}"
env = { WORD = "second" }

[[kernels]]
name = "later"
kernel = "./later"
expect = "skip"
reason = "not built yet"
`;
/** Prints a long line, and goes on when there is a file "go". */
const script = `i=0; while [ $i -lt 12 ]; do echo "$WORD $i"; i=$((i+1)); done
printf '%0150d\\n' 7; echo "$WORD waits"
until [ -e go ]; do sleep 0.2; done; [ $WORD = first ]`;
const args = ["--jobs", "2", "exec", "--", "sh", "-c", script];

const steady = (text: string) =>
  text
    .replaceAll(/\d+\.\d s/g, "T")
    .replaceAll(/\b\d+\.\d+\.\d+\S*/g, "RELEASE")
    .replaceAll(/ {2,}/g, "  ")
    .replaceAll(/ +$/gm, "");

const socket = join(emptyDirectory("tmux"), "socket");
const tmux = (...words: string[]) => {
  const { stdout, exitCode, stderr } = Bun.spawnSync(["tmux", "-S", socket, ...words], {
    env: { ...process.env, XDG_CACHE_HOME: sharedCache, LC_ALL: "C.UTF-8" },
  });
  if (exitCode !== 0) throw new Error(`tmux ${words[0]}: ${stderr}`);
  return stdout.toString();
};
/** What the window shows, and what has left it at the top, with lines as they were before they were wrapped. */
const shown = () => tmux("capture-pane", "-p", "-J", "-S", "-", "-t", "live");

afterAll(() => {
  Bun.spawnSync(["tmux", "-S", socket, "kill-server"]);
});

test("a table below the output changes as kernels go on, survives resizes and Ctrl-Z, and leaves the plain one", async () => {
  const cwd = project({ ".vimto.toml": toml });
  const quoted = [executable, ...args].map((word) => `'${word.replaceAll("'", "'\\''")}'`);
  tmux(
    "-f",
    "/dev/null",
    "new-session",
    "-d",
    "-s",
    "live",
    "-x",
    "90",
    "-y",
    "24",
    "-c",
    cwd,
    "sh",
  );
  tmux(
    "send-keys",
    "-t",
    "live",
    `PS1=; clear; ${quoted.join(" ").replaceAll("\n", ";")}; echo status $?`,
  );
  tmux("send-keys", "-t", "live", "Enter");
  const table = (text: string) => text.trimEnd().split("\n").slice(-3).map(steady);
  const waits = (lines: readonly string[]) =>
    /^one {2}running {2}\d+ s {2}first waits$/.test(lines[0] ?? "") &&
    /^two {2}running {2}\d+ s {2}second waits$/.test(lines[1] ?? "") &&
    lines[2] === "later  skipped";
  await until("both wait", 240, () => waits(table(shown())));
  for (const [columns, rows] of [
    [40, 24],
    [36, 9],
    [120, 12],
    [50, 30],
    [90, 24],
  ] as const) {
    tmux("resize-window", "-t", "live", "-x", String(columns), "-y", String(rows));
    await until(`the table is there at ${columns}x${rows}`, 240, () => waits(table(shown())));
  }
  tmux("send-keys", "-t", "live", "C-z");
  await until("it is suspended", 240, () => /Stopped/.test(shown()));
  tmux("send-keys", "-t", "live", "fg; echo status $?", "Enter");
  await until("the table is there again", 240, () => waits(table(shown())));
  await Bun.write(join(cwd, "go"), "");
  await until("it has ended", 240, () => /^status [01]$/m.test(shown()));
  const lines = shown().trimEnd().split("\n").map(steady);
  const from = lines.findIndex((line) => / \| (?:first|second) 0$/.test(line));
  expect(lines.slice(-6)).toEqual([
    "",
    "KERNEL  RELEASE  RESULT  STATUS  BOOT  RUN  FIRST FAILING LINE",
    "one  RELEASE  passed  0  T  T",
    "two  RELEASE  FAILED  1  T  T  second waits",
    "later  skipped  not built yet",
    "status 1",
  ]);
  const left = /^(?:one|two|later) {2}(?:starting|booting|running|waiting|skipped$)/;
  expect(lines.filter((line) => left.test(line))).toEqual([]);
  const output = lines.slice(from, lines.indexOf(""));
  for (const [name, word] of [
    ["one", "first"],
    ["two", "second"],
  ] as const)
    expect(
      output
        .filter((line) => line.startsWith(`${name} `))
        .map((line) => line.replace(/^\w+ +\| /, "")),
    ).toEqual([
      ...Array.from({ length: 12 }, (_, at) => `${word} ${at}`),
      "7".padStart(150, "0"),
      `${word} waits`,
    ]);
});

test("a terminal that cannot move its cursor, and --quiet, have the plain table alone", async () => {
  for (const [flags, TERM] of [
    [[], "dumb"],
    [["--quiet"], "xterm"],
  ] as const) {
    const cwd = project({ ".vimto.toml": toml, go: "" });
    const env = { ...process.env, XDG_CACHE_HOME: sharedCache, TERM };
    const pty = new Pty([executable, ...flags, ...args], { cwd, env });
    expect(await pty.exited).toBe(1);
    expect(pty.text).not.toContain("\x1b");
    expect(pty.text).toMatch(/^one +\| first 0\r\n/m);
  }
});
