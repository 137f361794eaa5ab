import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { TestKernel } from "../../../test/harness/kernels.ts";
import { type FilesWay, filesWays } from "./file-servers.ts";
import type { Options } from "./options.ts";
import type { Place } from "./place.ts";
import { alternate, median, spread } from "./statistics.ts";
import { type Cell, table } from "./table.ts";

/** What is timed in the guest, in this order: a shell command for each, in a directory of its own. */
const tasks = (files: number) =>
  [
    [`du -s, ${files} files`, "du -s tree"],
    ["find by time, the same again", "find tree -newermt 2000-01-01"],
    [`git status, ${3 * files} files`, "git -C repository status --porcelain"],
    [
      `${small(files)} small files written, removed`,
      `mkdir new; for i in {1..${small(files)}}; do echo $i >new/$i; done; rm -r new`,
    ],
    ["cat of 300 MB", "cat large"],
    [
      `sqlite, ${ninth(files)} transactions`,
      `python3 -c 'import sqlite3
c = sqlite3.connect("base", isolation_level=None); c.execute("create table t (a)")
for i in range(${ninth(files)}): c.execute("insert into t values (?)", (i,))'; rm base`,
    ],
    [`C build of ${parts(files)} files, make -j2`, "make -s -j2 -C build; make -s -C build clean"],
  ] as const;
const small = (files: number) => Math.ceil(files / 5);
const ninth = (files: number) => Math.ceil(files / 9);
const parts = (files: number) => Math.ceil(files / 225);

/** Shares by each way, in turns: seconds of each task in the guest, and their ratio to those over 9p. */
export async function files({ kernels, runs, files }: Options, place: Place): Promise<string> {
  prepare(process.cwd(), files);
  const named = tasks(files);
  const commands = named.map(([, command]) => command);
  const ways = filesWays(place.directory);
  const rows: Cell[][] = [];
  for (const kernel of kernels) {
    for (const way of ways) await taskSeconds(place, kernel, way, ["true"]);
    const samples = await alternate(
      runs,
      ways.map((way) => () => taskSeconds(place, kernel, way, commands)),
    );
    for (const [index, [name]] of named.entries())
      for (const [each, way] of ways.entries()) {
        const seconds = samples[each]?.map((sample) => sample[index] ?? Number.NaN) ?? [];
        const ratios = seconds.map((s, round) => s / (samples[0]?.[round]?.[index] ?? Number.NaN));
        const { median: middle, min, max } = spread(seconds);
        const first = each === 0;
        rows.push([
          index === 0 && first ? kernel.name : "",
          first ? name : "",
          ...[way.name, middle, min, max, first ? "" : median(ratios)],
        ]);
      }
  }
  const servers = ways.map((way) => `${way.name}: ${serverOf(place, way)}\n`).join("");
  const limit = Bun.spawnSync(["sh", "-c", "ulimit -Hn"]).stdout.toString();
  const header = ["kernel", "", "shares over", "s", "min", "max", "of 9p"];
  return `${servers}limit of open files: ${limit}${table(header, rows)}`;
}

/** What doctor says of the virtiofsd that it finds. */
function serverOf(place: Place, { fs, environment }: FilesWay): string {
  if (fs === "9p") return "QEMU";
  const { stdout } = Bun.spawnSync([place.vimto, "doctor"], {
    env: { ...process.env, ...place.environment, ...environment },
    stderr: "ignore",
  });
  return /^.* virtiofsd +(.*)$/m.exec(stdout.toString())?.[1] ?? "a virtiofsd unknown to doctor";
}

async function taskSeconds(
  place: Place,
  kernel: TestKernel,
  way: FilesWay,
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
      ...[place.vimto, "--kernel", kernel.path, "--fs", way.fs, "--memory", "1G", "--smp", "2"],
      ...["exec", "bash", "-c", script],
    ],
    {
      env: { ...process.env, ...place.environment, ...way.environment, LC_ALL: "C" },
      stdin: "ignore",
      stderr: "inherit",
    },
  );
  const stdout = await new Response(child.stdout).text();
  const exitCode = await child.exited;
  if (exitCode !== 0) throw new Error(`the tasks over ${way.name} ended with ${exitCode}`);
  const seconds = stdout
    .trim()
    .split("\n")
    .map((line) => {
      const [began = Number.NaN, ended = Number.NaN] = line.split(" ").map(Number);
      return ended - began;
    });
  // A round takes minutes.
  const texts = seconds.map((each) => each.toFixed(2)).join(" ");
  process.stderr.write(`${kernel.name}, ${way.name}: ${texts} s\n`);
  return seconds;
}

/** Fills the directory that is shared. */
function prepare(directory: string, files: number): void {
  fill(join(directory, "tree"), files);
  fill(join(directory, "repository"), 3 * files);
  const git = `git init -q && git config gc.auto 0 && git add -A && git -c user.name=n -c user.email=e commit -qm m && git repack -adq`;
  const made = Bun.spawnSync(["sh", "-c", git], {
    cwd: join(directory, "repository"),
    stderr: "inherit",
  });
  if (made.exitCode !== 0) throw new Error("git made no repository");
  writeFileSync(join(directory, "large"), new Uint8Array(300_000_000).fill(1));
  const names = Array.from({ length: parts(files) }, (_, index) => `part${index}`);
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

/** So many files, 100 in a directory. */
function fill(top: string, files: number): void {
  for (let file = 0; file < files; file++) {
    const path = join(top, `${Math.floor(file / 100)}`);
    if (file % 100 === 0) mkdirSync(path, { recursive: true });
    writeFileSync(join(path, `${file % 100}`), `${file}\n`);
  }
}
