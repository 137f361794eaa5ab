import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  convertWorkflowTemplate,
  NoOperationTraceWriter,
  parseWorkflow,
} from "@actions/workflow-parser";
import { parseAction } from "@actions/workflow-parser/actions/action-parser";
import { expect, onTestFinished, test } from "vitest";
import { writeProgram } from "../../libs/asm/src/testing/program-file.ts";

const root = join(import.meta.dirname, "../..");
const read = (name: string) => readFileSync(join(root, name), "utf8");
const workflows = readdirSync(join(root, ".github/workflows")).map(
  (name) => `.github/workflows/${name}`,
);

/** What GitHub's own parser, of its editor extension, minds about a file. */
async function mistakes(name: string, content: string): Promise<string[]> {
  const trace = new NoOperationTraceWriter();
  const isAction = name === "action.yml";
  const { context, value } = (isAction ? parseAction : parseWorkflow)({ name, content }, trace);
  if (!isAction && value !== undefined) await convertWorkflowTemplate(context, value);
  return context.errors.getErrors().map(({ message }) => message);
}

interface Step {
  readonly id?: string;
  readonly name?: string;
  readonly run?: string;
  readonly shell?: string;
}

interface Job {
  readonly steps: readonly Step[];
}

function stepsOf(name: string): readonly Step[] {
  const file = Bun.YAML.parse(read(name)) as { runs?: Job; jobs?: Record<string, Job> };
  return (file.runs ? [file.runs] : Object.values(file.jobs ?? {})).flatMap(({ steps }) => steps);
}

test.each([...workflows, "action.yml"])("%s is as GitHub wants it", async (name) => {
  expect(await mistakes(name, read(name))).toEqual([]);
});

test.each([
  ["action.yml", "shell: bash", "shel: bash", "Unexpected value 'shel'"],
  ["action.yml", "inputs.kernels", "input.kernels", "Unrecognized named-value: 'input'"],
  [".github/workflows/release.yml", "contains(", "holds(", "Unrecognized function: 'holds'"],
  [".github/workflows/ci.yml", "runs-on", "runs", "Unexpected value 'runs'"],
])("a mistake in %s is found", async (name, right, wrong, sentence) => {
  const found = await mistakes(name, read(name).replace(right, wrong));
  expect(found.join("\n")).toContain(sentence);
});

test("the action names inputs that it declares, and outputs of steps that it has", () => {
  const text = read("action.yml");
  const { inputs } = Bun.YAML.parse(text) as { inputs: Record<string, unknown> };
  const named = (pattern: RegExp) => new Set([...text.matchAll(pattern)].map(([, name]) => name));
  expect([...named(/\binputs\.(\w+)/g)].sort()).toEqual(Object.keys(inputs).sort());
  const ids = stepsOf("action.yml").flatMap(({ id }) => id ?? []);
  for (const id of named(/\bsteps\.(\w+)/g)) expect(ids).toContain(id);
});

test.each([...workflows, "action.yml"])("shellcheck minds no script of %s", (name) => {
  for (const { run } of stepsOf(name)) {
    if (run === undefined) continue;
    const { exitCode, stdout } = Bun.spawnSync(["shellcheck", "-s", "bash", "-e", "SC2016", "-"], {
      stdin: Buffer.from(run),
    });
    expect({ run, exitCode, stdout: stdout.toString() }).toEqual({ run, exitCode: 0, stdout: "" });
  }
});

/** Runs the named step of the release as a runner does, with a gh that writes down what it is called with. */
function released(step: string, tag: string) {
  const place = mkdtempSync(join(tmpdir(), "vimto-workflow-"));
  onTestFinished(() => rmSync(place, { recursive: true }));
  mkdirSync(join(place, "bin"));
  mkdirSync(join(place, "dist/release"), { recursive: true });
  for (const name of ["install.sh", "SHA256SUMS"])
    writeFileSync(join(place, "dist/release", name), "");
  writeProgram(
    join(place, "bin/gh"),
    '#!/bin/sh\necho "$@" >>calls\n[ -z "$GH_FAILS" ] || [ "$3" != "$GH_FAILS" ]\n',
  );
  const { run } = stepsOf(".github/workflows/release.yml").find(({ name }) => name === step) ?? {};
  const { exitCode, stderr } = Bun.spawnSync(["bash", "-e", "-c", run ?? "exit 99"], {
    cwd: place,
    env: {
      PATH: `${join(place, "bin")}:/usr/bin:/bin`,
      GH_FAILS: "PATCH",
      GITHUB_REF_NAME: tag,
      GITHUB_REPOSITORY: "someone/vimto",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_SHA: "0123abcd",
    },
  });
  expect({ exitCode, stderr: stderr.toString() }).toEqual({ exitCode: 0, stderr: "" });
  const left = (name: string) => readFileSync(join(place, name), "utf8");
  return { calls: left("calls").split("\n").slice(0, -1), left };
}

test.each([
  [
    "v0.2.0",
    "--latest",
    "    curl -fsSL https://github.com/someone/vimto/releases/latest/download/install.sh | sh",
  ],
  [
    "v0.3.0-rc.1",
    "--prerelease",
    "    curl -fsSL https://github.com/someone/vimto/releases/download/v0.3.0-rc.1/install.sh | sh -s v0.3.0-rc.1",
  ],
])("the notes of %s say how to install it", (tag, kind, line) => {
  const { calls, left } = released("Release", tag);
  expect(calls).toEqual([
    `release create ${tag} --verify-tag ${kind} --notes-file notes --generate-notes dist/release/SHA256SUMS dist/release/install.sh`,
  ]);
  expect(left("notes")).toBe(`${line}\n\nAs an action: \`uses: someone/vimto@${tag}\`\n`);
});

test("the tag of the major version moves, or is made", () => {
  const { calls } = released(
    "Move the tag of the major version, for workflows that name it",
    "v0.2.0",
  );
  expect(calls).toEqual([
    "api -X PATCH repos/someone/vimto/git/refs/tags/v0 -f sha=0123abcd -F force=true",
    "api -X POST repos/someone/vimto/git/refs -f ref=refs/tags/v0 -f sha=0123abcd",
  ]);
});
