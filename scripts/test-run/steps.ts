import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nothing, type Tally } from "./tally.ts";

/** Runs a command with its output on ours; its exit status. */
async function run(command: readonly string[], env: Record<string, string> = {}): Promise<number> {
  const child = Bun.spawn([...command], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...env },
  });
  return await child.exited;
}

/** A command that either passes or fails, and counts as one. */
export async function check(name: string, command: readonly string[]): Promise<Tally> {
  return (await run(command)) === 0
    ? { ...nothing, passed: 1 }
    : { ...nothing, failed: [`${name} (${command.join(" ")})`] };
}

/** One vitest project; a run that wrote no tally, because vitest itself broke, is one failure. */
export async function vitest(project: string, options: readonly string[]): Promise<Tally> {
  const directory = await mkdtemp(join(tmpdir(), "vimto-tally-"));
  const file = join(directory, "tally.json");
  try {
    const command = ["bun", "--bun", "vitest", "run", "--pool=threads", "--project", project];
    const reporters = ["--reporter=default", "--reporter=./scripts/test-run/reporter.ts"];
    const status = await run([...command, ...reporters, "--passWithNoTests", ...options], {
      VIMTO_TALLY: file,
    });
    const tally: Tally = await readFile(file, "utf8").then(JSON.parse, () => nothing);
    return status !== 0 && tally.failed.length === 0
      ? { ...tally, failed: [`vitest, project ${project}: exit status ${status}`] }
      : tally;
  } finally {
    await rm(directory, { recursive: true });
  }
}
