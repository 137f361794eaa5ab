import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  anyKernel,
  compare,
  goEnvironment,
  leftFiles,
  project,
  Running,
  refused,
  vimto,
} from "../harness/index.ts";

const kernel = anyKernel();

/** A kernel that works, one that dies, one that is missing, one that is expected to fail, one that hangs, and one to skip. */
const sixKernels = `
[[kernels]]
name = "good"
kernel = "${kernel}"

[[kernels]]
name = "dies"
kernel = "${kernel}"
append = "rdinit=/nope"

[[kernels]]
name = "missing <&\\"'"
kernel = "./nope"

[[kernels]]
name = "floor"
kernel = "${kernel}"
expect = "fail"
env = { WORD = "floor" }

[[kernels]]
name = "slow"
kernel = "${kernel}"
timeout = "10s"
env = { WORD = "slow" }

[[kernels]]
name = "later"
kernel = "./later"
expect = "skip"
reason = "not built yet"
`;
const script = `case $WORD in
  slow) echo waits; sleep 1000;;
  floor) echo needs more; echo 'error: too old' >&2; exit 3;;
  *) cat;;
esac`;

/** What differs from run to run, and the width of columns. */
const steady = (text: string) =>
  text
    .replaceAll(/\d+\.\d s/g, "T")
    .replaceAll(/\(0\.0\ds\)/g, "(0.0Xs)")
    .replaceAll(/\b\d+\.\d+\.\d+\S*/g, "RELEASE")
    .replaceAll(/found no initramfs \([^)]*\)/g, "found no initramfs")
    .replaceAll(/ {2,}/g, "  ");
const tableOf = (text: string) => steady(text.slice(text.indexOf("\nKERNEL") + 1));
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test("a table tells on which of many kernels a command works", async () => {
  const cwd = project({ ".vimto.toml": sixKernels, input: "given\n" });
  const reports = ["tap", "junit", "json"].flatMap((kind) => ["--report", `${kind}=out/${kind}`]);
  const args = ["--output", "files=logs", ...reports, "exec", "--", "sh", "-c", script];
  const { status, stdout, stderr } = await vimto(args, {
    cwd,
    stdin: Bun.file(join(cwd, "input")),
  });
  const missing = `kernel "${cwd}/nope" does not exist; check the path`;
  const dead = "the kernel found no initramfs; it must be built with CONFIG_BLK_DEV_INITRD";
  expect({ table: tableOf(textOf(stdout)), stderr, status }).toEqual({
    table: `KERNEL  RELEASE  RESULT  STATUS  BOOT  RUN  FIRST FAILING LINE
good  RELEASE  passed  0  T  T
dies  RELEASE  COULD NOT RUN  125  ${dead}
missing <&"'  COULD NOT RUN  125  ${missing}
floor  RELEASE  failed, as expected  3  T  T  error: too old
slow  RELEASE  TIMED OUT  125  T  T  the command was ended because it took longer than 10 s (--timeout)
later  skipped  not built yet
`,
    stderr: "",
    status: 125,
  });
  const read = (name: string) => readFileSync(join(cwd, "out", name), "utf8");
  expect(leftFiles(join(cwd, "out"))).toEqual(["json", "junit", "tap"]);
  expect(steady(read("tap"))).toBe(
    `TAP version 13
1..6
ok 1 - good
not ok 2 - dies
  ---
  message: "COULD NOT RUN; ${dead}"
  ...
not ok 3 - missing <&"'
  ---
  message: ${JSON.stringify(`COULD NOT RUN; ${missing}`)}
  ...
ok 4 - floor
not ok 5 - slow
  ---
  message: "TIMED OUT; the command was ended because it took longer than 10 s (--timeout)"
  ...
ok 6 - later # SKIP not built yet
`.replaceAll(/ {2,}/g, "  "),
  );
  expect(JSON.parse(read("json"))).toMatchObject({
    version: 2,
    command: ["sh", "-c", script],
    status: 125,
    kernels: [
      { name: "good", result: "passed", status: 0, output: { text: "given\n", bytes: 6 } },
      { name: "dies", result: "could-not-run", status: 125, tries: 1 },
      { name: `missing <&"'`, result: "could-not-run", release: null, reason: missing },
      { name: "floor", result: "failed", asExpected: true, status: 3 },
      { name: "slow", result: "timed-out", output: { file: join(cwd, "logs/slow.log") } },
      { name: "later", result: "skipped", tries: 0, output: { file: null } },
    ],
  });
  expect(read("junit")).toMatch(
    /^<\?xml [^\n]*\n<testsuites name="vimto" tests="6" failures="1" errors="2" /,
  );
  const logs = leftFiles(join(cwd, "logs"));
  expect(logs).toEqual(["dies.log", "floor.log", "good.log", "missing_.log", "slow.log"]);
  const log = (name: string) => readFileSync(join(cwd, "logs", name), "utf8");
  expect(log("good.log")).toBe("given\n");
  expect(log("floor.log")).toBe("needs more\nerror: too old\n");
  expect(log("missing_.log")).toBe(`vimto: ${missing}\n`);
  expect(steady(log("dies.log"))).toMatch(
    new RegExp(`^vimto: the guest's console said [\\s\\S]*\\nvimto: ${dead}\\n$`),
  );
});

test("output of several kernels is not mixed within a line, and stdout and stderr stay apart", async () => {
  const cwd = project({ kernels: `# two\n${kernel}\n${kernel} # again\n` });
  const shell =
    "i=0; while [ $i -lt 500 ]; do echo out $i; i=$((i+1)); done; echo err >&2; printf end";
  const run = (how: string) =>
    vimto(["--kernel", "@kernels", "--output", how, "exec", "--", "sh", "-c", shell], { cwd });
  const lines = (text: string) => text.split("\n").filter((line) => line !== "");
  const counted = [...Array.from({ length: 500 }, (_, index) => `out ${index}`), "end"];

  const grouped = await run("grouped");
  expect(grouped.status).toBe(0);
  const groups = textOf(grouped.stdout).split(/^==> .* <==\n/m);
  expect(groups.slice(1, 3).map((group) => lines(group.split("\n\n")[0] ?? ""))).toEqual([
    counted,
    counted,
  ]);
  expect(grouped.stderr.replaceAll(/^==> .* <==\n/gm, "HEAD\n")).toBe("HEAD\nerr\nHEAD\nerr\n");

  const prefixed = await run("prefixed");
  expect(prefixed.status).toBe(0);
  const [shown = "", table = ""] = textOf(prefixed.stdout).split("\n\n");
  const names = tableOf(`\n${table}`).split("\n").slice(1, 3);
  expect(names.map((line) => line.replace(/ {2}.*/, ""))).toHaveLength(2);
  const prefixes = [...new Set(lines(shown).map((line) => line.split(" | ")[0] ?? ""))];
  expect(prefixes).toHaveLength(2);
  for (const prefix of prefixes) {
    const own = lines(shown).filter((line) => line.startsWith(`${prefix} | `));
    expect(own.map((line) => line.slice(prefix.length + 3))).toEqual(counted);
  }
  expect(lines(prefixed.stderr).sort()).toEqual(prefixes.map((prefix) => `${prefix} | err`).sort());
});

test("Ctrl-C ends all kernels, and those that wait are not begun", async () => {
  const cwd = project({ kernels: `${kernel}\n${kernel}\n${kernel}\n` });
  const args = ["--kernel", "@kernels", "--jobs", "2", "--output", "prefixed", "exec", "--"];
  const running = new Running([...args, "sh", "-c", "echo ready; sleep 1000"], { cwd });
  try {
    await running.stdout.find(/ready\n[\s\S]*ready\n/);
    running.process.kill("SIGINT");
    const { status, stdout } = await running.result();
    expect(status).toBe(130);
    const rows = tableOf(textOf(stdout)).split("\n").slice(1, 4);
    expect(rows.map((row) => /ended|not run/.exec(row)?.[0])).toEqual([
      "ended",
      "ended",
      "not run",
    ]);
    await running.leavesNothing();
  } finally {
    running.kill();
  }
});

test("go test on many kernels", async () => {
  const cwd = project({
    "go.mod": "module example.org/fixture\n\ngo 1.19\n",
    "a_test.go": `package a
import ("os"; "testing")
func TestWord(t *testing.T) { if os.Getenv("WORD") != "" { t.Fatal("has a word") } }
`,
    ".vimto.toml": `[[kernels]]
name = "plain"
kernel = "${kernel}"
[[kernels]]
name = "with a word"
kernel = "${kernel}"
env = { WORD = "yes" }
`,
  });
  const args = ["--output", "grouped", "--", "go", "test", "."];
  const { status, stdout } = await vimto(args, { cwd, env: goEnvironment });
  expect({ table: tableOf(textOf(stdout)), status }).toEqual({
    table: `KERNEL  RELEASE  RESULT  STATUS  BOOT  RUN  FIRST FAILING LINE
plain  RELEASE  passed  0  T  T
with a word  RELEASE  FAILED  1  T  T  --- FAIL: TestWord (0.0Xs)
`,
    status: 1,
  });
});

test("one kernel of many runs as if it were the only one", async () => {
  const cwd = project({ ".vimto.toml": sixKernels });
  compare(await vimto(["--only", "floor", "exec", "--", "sh", "-c", script], { cwd }), {
    stdout: "needs more\n",
    stderr: "error: too old\n",
    status: 3,
  });
});

test("what many kernels cannot have is told", async () => {
  const cwd = project({ ".vimto.toml": sixKernels });
  await refused(
    ["--only", "flor", "exec", "true"],
    '--only "flor" names none of the kernels; did you mean "floor"?',
    { cwd },
  );
  await refused(
    ["--dry-run", "exec", "true"],
    "this takes one kernel, and 6 are named; choose one with --only, such as: --only good",
    { cwd },
  );
  await refused(
    ["--kernel", "./n*", "exec", "true"],
    `--kernel "./n*" fits no file of "${cwd}"; correct the pattern`,
    { cwd },
  );
  await refused(
    ["--kernel", "@none", "exec", "true"],
    '--kernel "@none" cannot be read (ENOENT); name a file with a kernel a line',
    { cwd },
  );
});
