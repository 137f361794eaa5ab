import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { leftFiles } from "../files.ts";
import { emptyDirectory } from "../place.ts";
import { Running } from "../vimto.ts";
import { difference, type Seen } from "./compare.ts";
import { shownCommand, shownContents, shownErrors, shownOutput, shownStatus } from "./lines.ts";
import type { Session } from "./parse.ts";
import { type Known, Placeholders } from "./placeholders.ts";

export interface SessionOptions {
  /** Added to the environment of the shell; undefined removes. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What placeholders stand for, besides <project>. */
  readonly known?: Known;
  /** How long processes may take to end after the shell, in seconds. */
  readonly patience?: number;
}

/**
 * Types the commands of a session into one bash, in a new git repository with its files, and compares
 * what appears and what is on disk afterwards.
 *
 * @throws Error with a diff, or about what the session left running or in TMPDIR
 */
export async function runSession(session: Session, options: SessionOptions = {}): Promise<void> {
  // The commands may write beside the project, which is outside of what vimto shares.
  const project = join(emptyDirectory("session"), "project");
  makeProject(project, session.before);
  const transcript = emptyDirectory("transcript");
  const pathOf = (index: number, kind: string) =>
    join(transcript, `${String(index).padStart(3, "0")}.${kind}`);
  session.steps.forEach(({ command }, index) => {
    writeFileSync(pathOf(index, "typed"), command);
  });
  const running = new Running([], {
    cwd: project,
    env: { ...environment, ...options.env },
    under: ["bash", "-c", shell, "bash", transcript],
  });
  try {
    await running.result();
    await running.leavesNothing(options.patience);
  } finally {
    running.kill();
  }
  const seen: Seen = {
    steps: session.steps.map(({ command }, index) => {
      const read = (kind: string) => contents(pathOf(index, kind));
      const status = read("status");
      if (status === undefined) return [...shownCommand(command), "(the shell had ended)"];
      return [
        ...shownCommand(command),
        ...shownOutput(read("stdout") ?? ""),
        ...shownErrors(read("stderr") ?? ""),
        ...shownStatus(Number(status)),
      ];
    }),
    files: new Map(
      leftFiles(project)
        .filter((name) => !/(?:^|\/)\.git(?:\/|$)/.test(name))
        .map((name) => shownFile(project, name)),
    ),
  };
  const known = { ...options.known, project };
  const differs = difference(session, seen, new Placeholders(known));
  if (differs !== undefined)
    throw new Error(`${session.path} (- what it says, + what was there)\n${differs}`);
}

/** Evaluates each file in turn, as if typed: `cd` and `export` last. An exit status after each. */
const shell = `
for step in "$1"/*.typed; do
  step=\${step%.typed}
  eval "$(cat "$step.typed")" </dev/null >"$step.stdout" 2>"$step.stderr"
  echo $? >"$step.status"
done`;

/** The same messages on every machine, and nobody's git settings. */
const environment = {
  // Shares as users have them.
  VIMTO_FS: "",
  LC_ALL: "C.UTF-8",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_SYSTEM: "/dev/null",
  ...Object.fromEntries(
    ["AUTHOR", "COMMITTER"].flatMap((role) => [
      [`GIT_${role}_NAME`, "A U Thor"],
      [`GIT_${role}_EMAIL`, "author@example.org"],
    ]),
  ),
};

function makeProject(project: string, files: Session["before"]): void {
  mkdirSync(project);
  const git = Bun.spawnSync(["git", "init", "--quiet", project], {
    env: { ...process.env, ...environment },
  });
  if (git.exitCode !== 0) throw new Error(`git init: ${git.stderr}`);
  for (const [name, text] of files) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }
  // Other users may come in: commands run as some.
  for (const directory of [dirname(project), project]) chmodSync(directory, 0o755);
}

/** A symbolic link is a name with an arrow in it. */
function shownFile(project: string, name: string): [name: string, lines: string[]] {
  const path = join(project, name);
  return lstatSync(path).isSymbolicLink()
    ? [`${name} -> ${readlinkSync(path)}`, []]
    : [name, shownContents(readFileSync(path, "utf8"))];
}

/** Undefined when the file is not there. */
function contents(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
