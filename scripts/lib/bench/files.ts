import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestKernel } from "../../../test/harness/kernels.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { alternate, median, spread } from "./statistics.ts";
import { type Cell, table } from "./table.ts";

const WAYS = ["9p", "virtiofs"] as const;

/** What is timed in the guest, in this order: a shell command for each, in a directory of its own. */
const TASKS = [
  ["du -s, 9,000 files", "du -s tree"],
  ["find by time, the same again", "find tree -newermt 2000-01-01"],
  ["git status, 30,000 files", "git -C repository status --porcelain"],
  [
    "2,000 small files written, removed",
    "mkdir new; for i in {1..2000}; do echo $i >new/$i; done; rm -r new",
  ],
  ["cat of 300 MB", "cat large"],
  [
    "sqlite, 1,000 transactions",
    `python3 -c 'import sqlite3
c = sqlite3.connect("base", isolation_level=None); c.execute("create table t (a)")
for i in range(1000): c.execute("insert into t values (?)", (i,))'; rm base`,
  ],
  ["C build of 40 files, make -j2", "make -s -j2 -C build; make -s -C build clean"],
] as const;

/** Shares over 9p and over virtiofs, in turns: seconds of each task in the guest, and their ratio. */
export async function files({ kernels, runs }: Options, place: Place): Promise<string> {
  prepare(process.cwd());
  const rows: Cell[][] = [];
  for (const kernel of kernels) {
    for (const way of WAYS) await taskSeconds(place, kernel, way, ["true"]);
    const [base = [], other = []] = await alternate(
      runs,
      WAYS.map(
        (way) => () =>
          taskSeconds(
            place,
            kernel,
            way,
            TASKS.map(([, command]) => command),
          ),
      ),
    );
    for (const [index, [name]] of TASKS.entries()) {
      const [ninep, virtiofs] = [base, other].map((samples) =>
        spread(samples.map((sample) => sample[index] ?? Number.NaN)),
      );
      const ratio = median(
        base.map((sample, round) => (other[round]?.[index] ?? Number.NaN) / (sample[index] ?? 0)),
      );
      if (ninep === undefined || virtiofs === undefined) continue;
      rows.push([
        index === 0 ? kernel.name : "",
        name,
        ...[ninep, virtiofs].flatMap((each) => [each.median, each.min, each.max]),
        ratio,
      ]);
    }
  }
  return table(["kernel", "", "9p s", "min", "max", "virtiofs s", "min", "max", "ratio"], rows);
}

async function taskSeconds(
  place: Place,
  kernel: TestKernel,
  way: string,
  commands: readonly string[],
): Promise<number[]> {
  const script = commands
    .map(
      (command) =>
        `began=$EPOCHREALTIME; { ${command}\n} >/dev/null || exit; echo $began $EPOCHREALTIME`,
    )
    .join("\n");
  const child = Bun.spawn(
    [
      ...[place.vimto, "--kernel", kernel.path, "--fs", way, "--memory", "1G", "--smp", "2"],
      ...["exec", "bash", "-c", script],
    ],
    {
      env: { ...process.env, ...place.environment, LC_ALL: "C" },
      stdin: "ignore",
      stderr: "inherit",
    },
  );
  const stdout = await new Response(child.stdout).text();
  const exitCode = await child.exited;
  if (exitCode !== 0) throw new Error(`the tasks over ${way} ended with ${exitCode}`);
  return stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [began = Number.NaN, ended = Number.NaN] = line.split(" ").map(Number);
      return ended - began;
    });
}

/** Fills the directory that is shared. */
function prepare(directory: string): void {
  fill(join(directory, "tree"), 90, 100);
  fill(join(directory, "repository"), 300, 100);
  const git = `git init -q && git config gc.auto 0 && git add -A && git -c user.name=n -c user.email=e commit -qm m`;
  const made = Bun.spawnSync(["sh", "-c", git], {
    cwd: join(directory, "repository"),
    stderr: "inherit",
  });
  if (made.exitCode !== 0) throw new Error("git made no repository");
  writeFileSync(join(directory, "large"), new Uint8Array(300_000_000).fill(1));
  const names = Array.from({ length: 40 }, (_, index) => `part${index}`);
  mkdirSync(join(directory, "build"));
  for (const name of names)
    writeFileSync(
      join(directory, "build", `${name}.c`),
      `#include <stdio.h>\nint ${name}(int a) { return printf("%d", a); }\n`,
    );
  writeFileSync(
    join(directory, "build/Makefile"),
    `lib.a: ${names.map((name) => `${name}.o`).join(" ")}\n\tar rc $@ $^\nclean:\n\trm -f *.o lib.a\n`,
  );
}

function fill(top: string, directories: number, each: number): void {
  for (let directory = 0; directory < directories; directory++) {
    const path = join(top, `${directory}`);
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < each; file++) writeFileSync(join(path, `${file}`), `${file}\n`);
  }
}
