import type { TestContext } from "vitest";
import { skip } from "../harness/skip.ts";

/** Runs a program to its end. @returns its standard output @throws Error with all it said if it fails */
export async function run(command: readonly string[], cwd?: string): Promise<string> {
  const child = Bun.spawn([...command], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
    ...(cwd === undefined ? {} : { cwd }),
  });
  const [stdout, stderr, status] = await Promise.all([
    child.stdout.text(),
    child.stderr.text(),
    child.exited,
  ]);
  if (status === 0) return stdout;
  throw new Error(`${command.join(" ")} ended with ${status}: ${stdout}${stderr}`);
}

/** Skips a test, by name of what is missing, where a program is not installed. */
export function needPrograms(context: TestContext, ...programs: readonly string[]): void {
  const missing = programs.filter((program) => Bun.which(program) === null);
  if (missing.length > 0) skip(context, `not installed: ${missing.join(", ")}`);
}
