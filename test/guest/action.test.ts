import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import {
  anyKernel,
  emptyDirectory,
  executable,
  project,
  root,
  sharedCache,
} from "../harness/index.ts";

/** Runs a step of action.yml as a runner does; resolves to what it said and what it left for the runner. */
function step(name: string, inputs: Readonly<Record<string, string>>) {
  const files = emptyDirectory("runner");
  const file = (variable: string) => join(files, variable);
  const told = ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_PATH"];
  for (const variable of told) writeFileSync(file(variable), "");
  const { exitCode, stdout, stderr } = Bun.spawnSync([join(root, "scripts/action"), name], {
    cwd: project(),
    env: {
      HOME: files,
      PATH: `${dirname(executable)}:${process.env.PATH}`,
      XDG_CACHE_HOME: sharedCache,
      ...Object.fromEntries(told.map((variable) => [variable, file(variable)])),
      ...inputs,
    },
  });
  const left = (variable: string) => readFileSync(file(variable), "utf8");
  return {
    status: exitCode,
    stdout: stdout.toString(),
    stderr: stderr.toString(),
    output: left("GITHUB_OUTPUT"),
    summary: left("GITHUB_STEP_SUMMARY").replace(/\| \d+ \|$/gm, "| N |"),
  };
}

test("the action runs the command under each kernel, and tells which failed", () => {
  const good = anyKernel();
  const bad = "/nowhere/vmlinuz";
  const inputs = { ACTION_KERNELS: `${good}\n${bad}\n`, ACTION_OPTIONS: "--smp 2" };
  const found = step("run", { ...inputs, ACTION_RUN: "nproc && echo 'two words'" });
  expect(found).toEqual({
    status: 1,
    stdout:
      `::group::${good}\n2\ntwo words\n::endgroup::\n::group::${bad}\n::endgroup::\n` +
      `::error::the command failed under ${bad}\n`,
    stderr: expect.stringMatching(/^vimto: [^\n]*\/nowhere\/vmlinuz[^\n]*\n$/),
    output: `failed=${bad}\n`,
    summary:
      "| kernel | status | seconds |\n|---|---|---|\n" +
      `| <code>${good}</code> | 0 | N |\n| <code>${bad}</code> | 125 | N |\n`,
  });
});

test("the key of the action's cache follows from the kernels, in whatever order", () => {
  const key = (kernels: string) => step("key", { ACTION_KERNELS: kernels }).output;
  expect(key("debian:12\ndebian:11")).toMatch(
    /^key=vimto-\w+-([0-9a-f]{16})-[0-9a-f]{16}\nprefix=vimto-\w+-\1-\n$/,
  );
  expect(key(" debian:11 debian:12\n")).toBe(key("debian:12\ndebian:11"));
  expect(key("debian:12")).not.toBe(key("debian:11"));
});

test("the files of workflows and of the action name steps that there are", () => {
  const { runs } = Bun.YAML.parse(readFileSync(join(root, "action.yml"), "utf8")) as {
    runs: { using: string; steps: { run?: string; uses?: string; shell?: string }[] };
  };
  expect(runs.using).toBe("composite");
  for (const { run, uses, shell } of runs.steps) {
    expect((run === undefined) !== (uses === undefined)).toBe(true);
    if (uses !== undefined) expect(uses).toMatch(/^actions\/[\w-]+@v\d+$/);
    else
      expect([shell, run]).toEqual([
        "bash",
        expect.stringMatching(/scripts\/action" (?:install|key|run)$/),
      ]);
  }
});
