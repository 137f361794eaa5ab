import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  anyKernel,
  emptyDirectory,
  executable,
  leftFiles,
  project,
  root,
  sharedCache,
} from "../harness/index.ts";

const page = readFileSync(join(root, "docs/pipelines.md"), "utf8");
/** The text of the first block below a heading. */
const block = (heading: string, language: string, nth = 0): string => {
  const section = page.slice(page.indexOf(heading));
  const blocks = [...section.matchAll(/```(\w+)\n([\s\S]*?)```/g)];
  return blocks.filter(([, name]) => name === language)[nth]?.[2] ?? "";
};
// biome-ignore lint/suspicious/noExplicitAny: files of other programs.
const yaml = (heading: string): any => Bun.YAML.parse(block(heading, "yaml"));
const lines = (steps: readonly unknown[]): string =>
  steps
    .map((step) => (typeof step === "object" && step !== null && "run" in step ? step.run : ""))
    .join("\n");

const kernel = anyKernel();
const files = {
  ".vimto.toml": `
[[kernels]]
name = "good"
kernel = "${kernel}"
env = { WORD = "good" }
[[kernels]]
name = "bad"
kernel = "${kernel}"
env = { WORD = "bad" }
`,
  "smoke-test": '#!/bin/sh\necho "it is $WORD"; [ "$WORD" = good ]\n',
  "ci/install": block("# How do I", "sh"),
};

/** Stand-ins: downloads that bring nothing, and the program of an agent. */
const stubs = emptyDirectory("stubs");
beforeAll(() => {
  const stub = (name: string, text: string) => {
    writeFileSync(join(stubs, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(stubs, name), 0o755);
  };
  stub("apt-get", "exit 0");
  stub("curl", 'echo "echo installed"');
  stub("buildkite-agent", '[ "$*" = "artifact download reports/*.json ." ]');
});

/** A project in which scripts of a job are run one after the other, as a pipeline does. */
function pipeline() {
  const cwd = project(files);
  // The cache that tests share is warm. It is where each job has its own, and where one without a word about it looks.
  mkdirSync(sharedCache, { recursive: true });
  symlinkSync(sharedCache, join(cwd, ".cache"));
  for (const name of ["smoke-test", "ci/install"]) chmodSync(join(cwd, name), 0o755);
  const run = (script: string, variables: Readonly<Record<string, string>> = {}) => {
    const { exitCode, stdout, stderr } = Bun.spawnSync(["sh", "-e", "-c", script], {
      cwd,
      env: {
        HOME: cwd,
        PATH: `${stubs}:${dirname(executable)}:${process.env.PATH}`,
        CI: "true",
        ...variables,
      },
    });
    return { status: exitCode, stdout: stdout.toString(), stderr: stderr.toString() };
  };
  return { cwd, run };
}

type Pipeline = {
  /** The script of a share, and the variables that it has. */
  readonly share: (index: number, cwd: string) => [string, Record<string, string>];
  /** What the pipeline saves of the cache, where it does: below the project's directory. */
  readonly saved?: string;
  /** What follows: a script, and the files that it leaves. */
  readonly merge: string;
  readonly left: readonly string[];
};

const COUNT = 4;
const total = String(COUNT);
const pipelines: Readonly<Record<string, () => Pipeline>> = {
  "GitHub Actions": () => {
    const { jobs } = yaml("## GitHub Actions");
    const shards: readonly string[] = jobs.share.strategy.matrix.shard;
    return {
      share: (index, cwd) => [
        lines(jobs.share.steps),
        {
          GITHUB_ACTIONS: "true",
          // What the page sets for the job; its expressions are a shard's.
          ...jobs.share.env,
          GITHUB_WORKSPACE: cwd,
          VIMTO_SHARD: shards[index] ?? "",
          INDEX: String(index),
        },
      ],
      saved: jobs.share.steps.find(({ uses = "" }) => uses.startsWith("actions/cache@")).with.path,
      merge: lines(jobs.kernels.steps),
      left: ["report.html"],
    };
  },
  GitLab: () => {
    const file = yaml("## GitLab");
    const script = (job: { script: readonly string[] }) =>
      [...file.default.before_script, ...job.script].join("\n");
    return {
      share: (index, cwd) => [
        script(file.share),
        {
          GITLAB_CI: "true",
          CI_NODE_INDEX: String(index + 1),
          CI_NODE_TOTAL: total,
          XDG_CACHE_HOME: file.share.variables.XDG_CACHE_HOME.replace("$CI_PROJECT_DIR", cwd),
        },
      ],
      saved: file.share.cache.paths[0],
      merge: script(file.kernels),
      left: ["junit.xml", "report.html"],
    };
  },
  Buildkite: () => {
    const { steps } = yaml("## Buildkite");
    // As "buildkite-agent pipeline upload" does.
    const uploaded = (text: string) => text.replaceAll("$$", "$");
    return {
      share: (index) => [
        uploaded(steps[0].command),
        { BUILDKITE_PARALLEL_JOB: String(index), BUILDKITE_PARALLEL_JOB_COUNT: total },
      ],
      merge: uploaded(steps[2].command),
      left: ["report.html"],
    };
  },
  CircleCI: () => {
    const { jobs } = yaml("## CircleCI");
    const directory: string = jobs.share.working_directory;
    const saving = jobs.share.steps.find(
      (step: unknown) => typeof step === "object" && step !== null && "save_cache" in step,
    );
    return {
      share: (index, cwd) => [
        lines(jobs.share.steps),
        {
          CIRCLECI: "true",
          CIRCLE_NODE_INDEX: String(index),
          CIRCLE_NODE_TOTAL: total,
          XDG_CACHE_HOME: jobs.share.environment.XDG_CACHE_HOME.replace(directory, cwd),
        },
      ],
      saved: relative(directory, saving.save_cache.paths[0]),
      merge: lines(jobs.kernels.steps),
      left: ["report.html", "results/junit.xml"],
    };
  },
  Jenkins: () => {
    const file = block("## Jenkins", "groovy");
    const [share = "", clean = "", merge = ""] = [...file.matchAll(/sh '''\n([\s\S]*?)'''/g)].map(
      ([, script]) => script ?? "",
    );
    expect(clean.trim()).toBe("rm -rf reports");
    const [, list = ""] = /values (.*)\n/.exec(file) ?? [];
    const shards = [...list.matchAll(/'(.*?)'/g)].map(([, shard]) => shard ?? "");
    return {
      share: (index) => [share, { VIMTO_SHARD: shards[index] ?? "" }],
      merge,
      left: ["junit.xml", "report.html"],
    };
  },
  Kubernetes: () => {
    const { spec } = yaml("## Kubernetes");
    expect(spec.completions).toBe(COUNT);
    const [{ args }] = spec.template.spec.containers;
    const here = (text: string) => text.replaceAll("/reports/", "reports/");
    return {
      share: (index) => [here(args[0]), { JOB_COMPLETION_INDEX: String(index) }],
      merge: here(block("## Kubernetes", "sh")),
      left: ["reports/junit.xml", "reports/report.html"],
    };
  },
};

describe.each(Object.entries(pipelines))("the pipeline for %s", (_name, read) => {
  test("runs each kernel once, and its last job decides", () => {
    const { share, merge, left, saved } = read();
    const { cwd, run } = pipeline();
    const ran: string[] = [];
    for (let index = 0; index < COUNT; index++) {
      const [script, variables] = share(index, cwd);
      const told = `${script}\nprintf %s "\${XDG_CACHE_HOME-}" >cache-home`;
      const { status, stdout } = run(told, variables);
      if (saved !== undefined)
        expect(join(readFileSync(join(cwd, "cache-home"), "utf8"), "vimto/images")).toBe(
          join(cwd, saved),
        );
      expect(status, stdout).toBe(0);
      ran.push(...[...stdout.matchAll(/^it is (\w+)$/gm)].map(([, word]) => word ?? ""));
    }
    expect(ran.sort()).toEqual(["bad", "good"]);
    const reports = [...Array(COUNT).keys()].map((index) => `reports/${index}.json`);
    const found = leftFiles(join(cwd, "reports"));
    expect(found).toHaveLength(reports.length);
    mkdirSync(join(cwd, "results"), { recursive: true });

    const joined = run(merge);
    expect(joined.stderr).toBe("");
    expect(joined.status, joined.stdout).toBe(1);
    expect(joined.stdout.split("\n").filter((line) => /^(?:good|bad) /.test(line))).toEqual([
      expect.stringMatching(/^good .* passed /),
      expect.stringMatching(/^bad .* FAILED .* it is bad$/),
    ]);
    for (const file of left) expect(readFileSync(join(cwd, file), "utf8")).not.toBe("");
  });
});

test("the Makefile runs each of its kernels", () => {
  const { cwd, run } = pipeline();
  writeFileSync(join(cwd, "Makefile"), block("## make", "make"));
  const { status, stdout } = run(`make -s check-kernels KERNELS="${kernel} ${kernel}"`, {
    WORD: "good",
    VIMTO_CONFIG: "none",
  });
  expect(stdout.match(/^it is good$/gm)).toHaveLength(2);
  expect(status).toBe(0);
  expect(readFileSync(join(cwd, "junit.xml"), "utf8")).toMatch(/<testsuites [^>]*tests="2"/);
});
