import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { anyKernel, compare, leftFiles, project, vimto } from "../harness/index.ts";

const kernel = anyKernel();
const names = ["good", "floor", "bad", "later"];
const toml = `
[[kernels]]
name = "good"
kernel = "${kernel}"
env = { STATUS = "0" }

[[kernels]]
name = "floor"
kernel = "${kernel}"
env = { STATUS = "3" }
expect = "fail"

[[kernels]]
name = "bad"
kernel = "${kernel}"
env = { STATUS = "4" }

[[kernels]]
name = "later"
kernel = "./later"
expect = "skip"
reason = "not built yet"
`;
const script = ["exec", "--", "sh", "-c", 'echo "ends with $STATUS"; exit $STATUS'];

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
/** What differs from run to run, and the width of columns. */
const steady = (text: string) =>
  text
    .replaceAll(/\d+\.\d s/g, "T")
    .replaceAll(/\b\d+\.\d+\.\d+\S*/g, "RELEASE")
    .replaceAll(/ {2,}/g, "  ");
const HEAD = "KERNEL  RELEASE  RESULT  STATUS  BOOT  RUN  FIRST FAILING LINE\n";

/** The reports of runs in a project, as they are read from JSON. */
type Report = {
  readonly status: number;
  readonly shard: unknown;
  readonly kernels: readonly { readonly name: string; readonly asExpected: boolean }[];
};
const readJson = (...path: string[]): Report => JSON.parse(readFileSync(join(...path), "utf8"));

test("reports of shards are joined to that of a single run, and a missing shard is named", async () => {
  const cwd = project({ ".vimto.toml": toml });
  const parts: Report[] = [];
  for (const index of ["1", "2"]) {
    const file = `${index}.json`;
    const { status, stderr } = await vimto(["--report", `json=${file}`, ...script], {
      cwd,
      env: { VIMTO_SHARD: "auto", CI_NODE_INDEX: index, CI_NODE_TOTAL: "2" },
    });
    const report = readJson(cwd, file);
    const wrong = report.kernels.some(({ asExpected }) => !asExpected);
    expect([status, report.status, stderr]).toEqual([wrong ? 1 : 0, wrong ? 1 : 0, ""]);
    parts.push(report);
  }
  const kernels = parts.flatMap((part) => part.kernels);
  expect(kernels.map(({ name }) => name).sort()).toEqual([...names].sort());

  const reports = ["json", "junit", "html", "tap", "markdown", "timings"];
  const merge = ["report", "merge", "1.json", "2.json"];
  const joined = await vimto(
    [...merge, ...reports.flatMap((kind) => ["--report", `${kind}=out/${kind}`])],
    // A list that leads nowhere is the run's matter, and not that of its reports.
    { cwd, env: { VIMTO_KERNEL: "@nowhere" } },
  );
  expect({ ...joined, stdout: steady(textOf(joined.stdout)) }).toEqual({
    stdout: `${HEAD}good  RELEASE  passed  0  T  T
floor  RELEASE  failed, as expected  3  T  T  ends with 3
bad  RELEASE  FAILED  4  T  T  ends with 4
later  skipped  not built yet
`,
    stderr: "",
    status: 1,
  });
  expect(leftFiles(join(cwd, "out"))).toEqual([...reports].sort());
  const whole = readJson(cwd, "out/json");
  expect(whole).toMatchObject({ version: 2, status: 1, shard: null });
  expect(whole.kernels).toEqual(names.map((name) => kernels.find((one) => one.name === name)));

  const timings = join(cwd, "out/timings");
  const { timings: measured } = JSON.parse(readFileSync(timings, "utf8"));
  expect(measured).toEqual(
    ["bad", "floor", "good"].map((name) => ({ name, ms: expect.any(Number) })),
  );
  // One that takes longer than all others together has a share of its own.
  const slow = [
    { name: "good", ms: 1_000_000 },
    { name: "bad", ms: 1000 },
    { name: "floor", ms: 1000 },
    { name: "later", ms: 0 },
  ];
  writeFileSync(timings, JSON.stringify({ version: 1, timings: slow }));
  const first = ["--shard", "auto/2", "--timings", "out/timings", "--report", "json=first.json"];
  const { status: firstStatus } = await vimto([...first, ...script], {
    cwd,
    env: { JOB_COMPLETION_INDEX: "0" },
  });
  expect([firstStatus, readJson(cwd, "first.json").kernels.map(({ name }) => name)]).toEqual([
    0,
    ["good"],
  ]);

  rmSync(join(cwd, "2.json"));
  const lost = names.filter((name) => parts[1]?.kernels.some((one) => one.name === name));
  const shown = lost.map((name) => JSON.stringify(name)).join(", ");
  const half = await vimto(["report", "merge", "1.json"], { cwd });
  expect([half.status, half.stderr]).toEqual([
    125,
    `vimto: shard 2/2 is missing, with ${shown}; add its report, or run it again\n`,
  ]);
  const rows = textOf(half.stdout).split("\n");
  expect(rows.filter((row) => row.includes("the report of shard 2/2 is missing"))).toHaveLength(
    lost.length,
  );
  compare(await vimto(["report", "merge", "2.json", "--report", "tap=t"], { cwd }), {
    stderr: 'vimto: the report "2.json" cannot be read (ENOENT); check the path\n',
    status: 125,
  });
  expect(leftFiles(cwd)).not.toContain("t");
});
