import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  anyKernel,
  needs,
  project,
  Running,
  refused,
  testKernels,
  vimto,
} from "../harness/index.ts";

const there = (kernels: ReturnType<typeof testKernels>) =>
  kernels.find(({ missing }) => missing === undefined)?.path;
const good = there(testKernels(["builtin-6.1", "debian-6.1"]));
const bad = there(testKernels(["debian-6.12", "builtin-6.12"]));

const check = `#!/bin/sh
case $(uname -r) in 6.1.*) exit 0;; esac
echo "not on $(uname -r)"
[ "$HOW" = panics ] && echo c >/proc/sysrq-trigger
exit 4
`;
/** Kernels in order: two that are good, one that does not boot, one that is bad, one that dies of the command. */
const toml = `
[[kernels]]
name = "first"
kernel = "${good}"

[[kernels]]
name = "second"
kernel = "${good}"
env = { HOW = "quietly" }

[[kernels]]
name = "broken"
kernel = "${good}"
append = "rdinit=/nope"

[[kernels]]
name = "third"
kernel = "${bad}"

[[kernels]]
name = "last"
kernel = "${bad}"
env = { HOW = "panics" }
`;

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const steady = (text: string) =>
  text
    .replaceAll(/\d+\.\d s/g, "T")
    .replaceAll(/\b(6\.\d+)\.\d+\S*/g, "$1.X")
    .replaceAll(/ {2,}/g, "  ");

test("the first bad kernel is found by halves, and what is known is not run again", async (context) => {
  const kernels = good !== undefined && bad !== undefined;
  needs(context, kernels, "it takes a kernel of the 6.1 line and one of the 6.12 line");
  const cwd = project({ ".vimto.toml": toml, check });
  const search = async (...options: string[]) => {
    const command = ["--sudo", "exec", "--", "sh", "./check"];
    const args = ["--bisect", "--output", "grouped", "--report", "json=report.json"];
    // A variable of the command counts, and the harness has one that is another for each run.
    const env = { VIMTO_TEST_MARK: "vimto-mark-bisect" };
    const { status, stdout } = await vimto([...args, ...options, ...command], { cwd, env });
    const text = steady(textOf(stdout));
    return {
      ran: [...text.matchAll(/^==> (\w+): /gm)].map(([, name]) => name).sort(),
      said: text.slice(text.indexOf("\nKERNEL") + 1),
      status,
    };
  };
  const head = "KERNEL  RELEASE  RESULT  STATUS  BOOT  RUN  FIRST FAILING LINE\n";
  const dead = expect.stringContaining("COULD NOT RUN  125");
  const first = await search();
  expect({ ...first, said: "" }).toEqual({
    ran: ["broken", "first", "last", "second", "third"],
    said: "",
    status: 125,
  });
  expect(first.said.split("\n")).toEqual([
    head.trimEnd(),
    "first  6.1.X  passed  0  T  T",
    "second  6.1.X  passed  0  T  T",
    dead,
    "third  6.12.X  FAILED  4  T  T  not on 6.12.X",
    expect.stringMatching(/^last {2}6\.12\.X {2}COULD NOT RUN {2}125 {2}T {2}T {2}.*panic/),
    "",
    'the first bad kernel is "broken" or "third", as those between it and the last good one, "second", could not be tested (5 of 5 kernels tried)',
    "",
  ]);
  expect(JSON.parse(readFileSync(join(cwd, "report.json"), "utf8"))).toMatchObject({
    status: 125,
    bisect: { lastGood: "second", firstBad: null, untestable: ["broken"] },
  });

  const others = ["first", "second", "third", "last"].flatMap((name) => ["--only", name]);
  const known = await search("--resume", ...others);
  expect({ ...known, said: known.said.split("\n").slice(1, 3) }).toEqual({
    ran: [],
    said: [
      "first  6.1.X  passed, known from before  0  T  T",
      "second  6.1.X  passed, known from before  0  T  T",
    ],
    status: 0,
  });
  expect(known.said.split("\n").at(-2)).toBe(
    '"third" is the first bad kernel, "second" the last good one (4 of 4 kernels tried)',
  );

  // Another program is another question, and so is one of the two ends.
  writeFileSync(join(cwd, "check"), "exit 0\n");
  const changed = await search("--resume", "--only", "first", "--only", "third");
  expect({ ...changed, said: changed.said.split("\n").at(-2) }).toEqual({
    ran: ["first", "third"],
    said: 'the last kernel, "third", is good; end with one on which the command fails',
    status: 1,
  });
});

test("Ctrl-C ends a search", async () => {
  const cwd = project({ kernels: `${anyKernel()}\n${anyKernel()}\n` });
  const args = ["--kernel", "@kernels", "--bisect", "--jobs", "2", "--output", "prefixed"];
  const running = new Running([...args, "exec", "--", "sh", "-c", "echo ready; sleep 1000"], {
    cwd,
  });
  try {
    await running.stdout.find(/ready\n[\s\S]*ready\n/);
    running.process.kill("SIGINT");
    const { status, stdout } = await running.result();
    expect([status, textOf(stdout).trimEnd().split("\n").at(-1)]).toEqual([
      130,
      "the search was ended",
    ]);
    await running.leavesNothing();
  } finally {
    running.kill();
  }
});

test("what a search cannot have is told", async () => {
  const cwd = project({ ".vimto.toml": toml });
  await refused(
    ["--bisect", "--only", "first", "exec", "true"],
    "--bisect needs at least two kernels, the first good and the last bad; name more with --kernel",
    { cwd },
  );
  await refused(
    ["--bisect", "--shard", "1/2", "exec", "true"],
    "--bisect and --shard do not go together; leave one of them out",
    { cwd },
  );
  await refused(
    ["--bisect", "--resume", "--", "go", "test", "./..."],
    "--resume needs results that were kept, and of go test none are, as vimto does not know its files; leave --resume out",
    { cwd },
  );
});
