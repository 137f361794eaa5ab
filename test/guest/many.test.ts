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

/**
 * A kernel that works, one that panics, one that never comes up, one that is missing, one that is expected to fail,
 * one on which the command takes too long, and one to skip.
 */
const sevenKernels = `
[[kernels]]
name = "good"
kernel = "${kernel}"

[[kernels]]
name = "dies"
kernel = "${kernel}"
append = "rdinit=/nope"

[[kernels]]
name = "hangs"
kernel = "${kernel}"
append = "rdinit=/nope root=/dev/nope rootwait"
timeout = "8s"

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
timeout = "20s"
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

const hung = "the guest had not come up after 8 s (--timeout); --verbose shows its console";
const late = "the command was ended because it took longer than 20 s (--timeout)";
/** The console of the kernel that dies is each kernel's own, and what is measured is each run's. */
const steadyReport = (text: string, cwd: string) =>
  text
    .replaceAll(cwd, "CWD")
    .replaceAll(/found no initramfs \([^)]*\)/g, "found no initramfs")
    .replaceAll(
      /(<system-err>|```text\n)\[[\s\S]*?(<\/system-err>|\nthe kernel found)/g,
      "$1CONSOLE$2",
    )
    .replaceAll(/\b(time|timestamp)="[^"]*"/g, '$1="T"')
    .replaceAll(/(name="boot-seconds" value=)"[^"]*"/g, '$1"T"')
    .replaceAll(/\b\d+\.\d s/g, "T")
    .replaceAll(/\b\d+\.\d+\.\d+[^\s"<|]*/g, "RELEASE");

test("a table and reports tell on which of many kernels a command works", async () => {
  const cwd = project({ ".vimto.toml": sevenKernels, input: "given\n" });
  const kinds = ["html", "json", "junit", "markdown", "tap", "timings"];
  const reports = kinds.flatMap((kind) => ["--report", `${kind}=out/${kind}`]);
  const args = ["--output", "files=logs", ...reports, "--report", "github"];
  const { status, stdout, stderr } = await vimto([...args, "exec", "--", "sh", "-c", script], {
    cwd,
    stdin: Bun.file(join(cwd, "input")),
    env: { GITHUB_STEP_SUMMARY: join(cwd, "summary") },
  });
  const missing = `kernel "${cwd}/nope" does not exist; check the path`;
  const dead = "the kernel found no initramfs; it must be built with CONFIG_BLK_DEV_INITRD";
  expect({ table: tableOf(textOf(stdout)), stderr, status }).toEqual({
    table: `KERNEL  RELEASE  RESULT  STATUS  BOOT  RUN  FIRST FAILING LINE
good  RELEASE  passed  0  T  T
dies  RELEASE  COULD NOT RUN  125  ${dead}
hangs  RELEASE  COULD NOT RUN  125  ${hung}
missing <&"'  COULD NOT RUN  125  ${missing}
floor  RELEASE  failed, as expected  3  T  T  error: too old
slow  RELEASE  TIMED OUT  125  T  T  ${late}
later  skipped  not built yet
::error title=dies::COULD NOT RUN; ${dead}
::error title=hangs::COULD NOT RUN; ${hung}
::error title=missing <&"'::COULD NOT RUN; ${missing}
::error title=slow::TIMED OUT; ${late}
`,
    stderr: "",
    status: 125,
  });

  expect(leftFiles(join(cwd, "out"))).toEqual(kinds);
  const read = (name: string) => readFileSync(join(cwd, "out", name), "utf8");
  const gone = missing.replace(cwd, "CWD");
  expect(steadyReport(read("tap"), cwd)).toBe(
    `TAP version 13
1..7
ok 1 - good
not ok 2 - dies
  ---
  message: "COULD NOT RUN; ${dead}"
  ...
not ok 3 - hangs
  ---
  message: "COULD NOT RUN; ${hung}"
  ...
not ok 4 - missing <&"'
  ---
  message: ${JSON.stringify(`COULD NOT RUN; ${gone}`)}
  ...
ok 5 - floor
not ok 6 - slow
  ---
  message: "TIMED OUT; ${late}"
  ...
ok 7 - later # SKIP not built yet
`,
  );

  const one = {
    release: expect.stringMatching(/^\d+\.\d+\.\d+/),
    asExpected: false,
    status: 125,
    bootMs: null,
    runMs: null,
    tries: 1,
    reason: null,
    console: [],
    firstFailing: "",
    tests: [],
    testsLeftOut: 0,
  };
  const ms = expect.any(Number);
  const output = (text: string, log: string) => ({
    output: { text, bytes: text.length, file: join(cwd, "logs", log) },
  });
  const lost = (reason: unknown) => ({
    result: "could-not-run",
    said: "COULD NOT RUN",
    reason,
    firstFailing: reason,
  });
  const ran = { bootMs: ms, runMs: ms };
  expect(JSON.parse(read("json"))).toEqual({
    version: 2,
    command: ["sh", "-c", script],
    began: expect.any(String),
    tookMs: ms,
    status: 125,
    shard: null,
    bisect: null,
    kernels: [
      {
        ...{ ...one, ...ran, name: "good", result: "passed", said: "passed", asExpected: true },
        ...{ status: 0, ...output("given\n", "good.log") },
      },
      {
        ...{ ...one, name: "dies", ...output("", "dies.log") },
        ...lost(expect.stringMatching(/^the kernel found no initramfs/)),
        console: expect.arrayContaining([expect.stringContaining("Kernel panic - not syncing")]),
      },
      {
        ...one,
        name: "hangs",
        ...lost(hung),
        ...output("", "hangs.log"),
        console: expect.any(Array),
      },
      {
        ...{ ...one, name: `missing <&"'`, release: null, ...lost(missing) },
        ...output("", "missing_.log"),
      },
      {
        ...{ ...one, ...ran, name: "floor", result: "failed", said: "failed, as expected" },
        ...{ asExpected: true, status: 3, firstFailing: "error: too old" },
        ...output("needs more\nerror: too old\n", "floor.log"),
      },
      {
        ...{ ...one, ...ran, name: "slow", result: "timed-out", said: "TIMED OUT" },
        ...{ reason: late, firstFailing: late, ...output("waits\n", "slow.log") },
      },
      {
        ...{ ...one, name: "later", release: null, result: "skipped", said: "skipped" },
        ...{ asExpected: true, status: null, tries: 0, reason: "not built yet" },
        ...{ firstFailing: "not built yet", output: { text: "", bytes: 0, file: null } },
      },
    ],
  });
  const { timings } = JSON.parse(read("timings"));
  expect(timings).toEqual(["floor", "good", "slow"].map((name) => ({ name, ms })));

  const xml = (text: string) =>
    text
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;");
  const command = xml(`sh -c ${script}`).replaceAll("\n", "&#10;");
  const suite = (
    name: string,
    [errors, failures, skipped]: readonly number[],
    properties: Readonly<Record<string, string>>,
    inner: string,
    out: string,
  ) => {
    const head = `<testsuite name="${xml(name)}" tests="1" failures="${failures}" errors="${errors}" skipped="${skipped}" time="T" timestamp="T">`;
    const told = Object.entries(properties).map(
      ([key, value]) => `      <property name="${key}" value="${value}"/>\n`,
    );
    const test = `<testcase name="${command}" classname="${xml(name)}" time="T"`;
    return `  ${head}\n    <properties>\n${told.join("")}    </properties>\n    ${test}${inner === "" ? "/>" : `>${inner}</testcase>`}\n    <system-out>${out}\n  </testsuite>\n`;
  };
  const because = (kind: string, text: string) =>
    `<${kind} message="${xml(text)}" type="${kind}">${xml(text)}</${kind}>`;
  const release = { release: "RELEASE" };
  const failed = { result: "COULD NOT RUN", status: "125" };
  const boot = { "boot-seconds": "T" };
  const none = "</system-out>";
  expect(steadyReport(read("junit"), cwd)).toBe(
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="vimto" tests="7" failures="1" errors="3" time="T">\n${[
      suite(
        "good",
        [0, 0, 0],
        { ...release, result: "passed", status: "0", ...boot },
        "",
        `given\n${none}`,
      ),
      suite(
        "dies",
        [1, 0, 0],
        { ...release, ...failed },
        because("error", `COULD NOT RUN; ${dead}`),
        `${none}\n    <system-err>CONSOLE</system-err>`,
      ),
      suite(
        "hangs",
        [1, 0, 0],
        { ...release, ...failed },
        because("error", `COULD NOT RUN; ${hung}`),
        none,
      ),
      suite(`missing <&"'`, [1, 0, 0], failed, because("error", `COULD NOT RUN; ${gone}`), none),
      suite(
        "floor",
        [0, 0, 0],
        { ...release, result: "failed, as expected", status: "3", ...boot },
        "",
        `needs more\nerror: too old\n${none}`,
      ),
      suite(
        "slow",
        [0, 1, 0],
        { ...release, result: "TIMED OUT", status: "125", ...boot },
        because("failure", `TIMED OUT; ${late}`),
        `waits\n${none}`,
      ),
      suite(
        "later",
        [0, 0, 1],
        { result: "skipped" },
        '<skipped message="not built yet"></skipped>',
        none,
      ),
    ].join("")}</testsuites>\n`,
  );

  const markdown = (text: string) =>
    text.replaceAll(/[\\`*_{}[\]<>|&#~!]/g, (char) => `&#${char.charCodeAt(0)};`);
  const details = (name: string, how: string, text: string) =>
    `<details><summary>${markdown(name)}: ${how}</summary>\n\n\`\`\`text\n${text}\n\`\`\`\n\n</details>\n`;
  const summary = steadyReport(read("markdown"), cwd);
  expect(summary.split("\n").slice(1).join("\n")).toBe(
    `
| kernel | release | result | status | boot | run | first failing line |
| --- | --- | --- | --: | --: | --: | --- |
| good | RELEASE | ✅ passed | 0 | T | T |  |
| dies | RELEASE | ❌ COULD NOT RUN | 125 |  |  | ${markdown(dead)} |
| hangs | RELEASE | ❌ COULD NOT RUN | 125 |  |  | ${markdown(hung)} |
| ${markdown(`missing <&"'`)} |  | ❌ COULD NOT RUN | 125 |  |  | ${markdown(gone)} |
| floor | RELEASE | ✅ failed, as expected | 3 | T | T | error: too old |
| slow | RELEASE | ❌ TIMED OUT | 125 | T | T | ${markdown(late)} |
| later |  | ✅ skipped |  |  |  | not built yet |

${details("dies", "COULD NOT RUN", `CONSOLE\n${dead}`)}
${details("hangs", "COULD NOT RUN", hung)}
${details(`missing <&"'`, "COULD NOT RUN", gone)}
${details("slow", "TIMED OUT", `waits\n${late}`)}`,
  );
  expect(summary.split("\n")[0]).toMatch(/^### sh -c case .*: as expected on 3 of 7 kernels$/);
  expect(readFileSync(join(cwd, "summary"), "utf8")).toBe(read("markdown"));

  // Of the page, what stands in it: rows, bars and logs.
  const page = read("html").replaceAll(/ \([^)]*\)(?=; it must be built)/g, "");
  const texts = (pattern: RegExp) =>
    [...page.matchAll(pattern)].map(([, inner = ""]) =>
      steadyReport(inner.replaceAll(/<\/t[dh]>/g, "|").replaceAll(/<[^>]*>/g, ""), cwd),
    );
  expect(texts(/<tr>(<td>.*?)<\/tr>/g)).toEqual([
    "good|RELEASE|passed|0|T|T||",
    `dies|RELEASE|COULD NOT RUN|125|||${dead}|`,
    `hangs|RELEASE|COULD NOT RUN|125|||${hung}|`,
    `${xml(`missing <&"'`)}||COULD NOT RUN|125|||${xml(gone)}|`,
    "floor|RELEASE|failed, as expected|3|T|T|error: too old|",
    `slow|RELEASE|TIMED OUT|125|T|T|${late}|`,
    "later||skipped||||not built yet|",
  ]);
  expect(page.match(/<rect class="run"/g)).toHaveLength(7);
  expect(texts(/<summary>(.*?)<\/summary>/g)).toEqual([
    "good: passed",
    "dies: COULD NOT RUN",
    "hangs: COULD NOT RUN",
    `${xml(`missing <&"'`)}: COULD NOT RUN`,
    "floor: failed, as expected",
    "slow: TIMED OUT",
    "later: skipped",
  ]);

  const logs = leftFiles(join(cwd, "logs"));
  expect(logs).toEqual(
    ["dies", "floor", "good", "hangs", "missing_", "slow"].map((name) => `${name}.log`),
  );
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
  const cwd = project({ ".vimto.toml": sevenKernels });
  compare(await vimto(["--only", "floor", "exec", "--", "sh", "-c", script], { cwd }), {
    stdout: "needs more\n",
    stderr: "error: too old\n",
    status: 3,
  });
});

test("what many kernels cannot have is told", async () => {
  const cwd = project({ ".vimto.toml": sevenKernels });
  await refused(
    ["--only", "flor", "exec", "true"],
    '--only "flor" names none of the kernels; did you mean "floor"?',
    { cwd },
  );
  await refused(
    ["--dry-run", "exec", "true"],
    "this takes one kernel, and 7 are named; choose one with --only, such as: --only good",
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
