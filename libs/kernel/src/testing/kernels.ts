import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { skip } from "@vimto/linux/testing/skip";
import type { TestContext } from "vitest";

const repository = join(import.meta.dirname, "../../../..");

export type DebianKernel = "debian-6.1" | "debian-6.12" | "debian-6.1-cloud";

/** The directory of a Debian kernel, as `dpkg -x` makes it; skips when it was not downloaded. */
export function debian(context: TestContext, name: DebianKernel): string {
  const directory = join(repository, ".cache/kernels", name);
  if (!existsSync(directory)) {
    skip(context, `there is no .cache/kernels/${name}: run scripts/setup test`);
  }
  return directory;
}

/** Kernels with everything built in, if they are beside the repository. */
export const builtinKernels: readonly string[] = ["6.1", "6.12"]
  .map((name) => join(repository, "../shared/kernels", name))
  .filter((directory) => existsSync(directory));

/** The one file of a directory whose name begins so. */
export function fileIn(directory: string, prefix: string): string {
  const name = readdirSync(directory).find((entry) => entry.startsWith(prefix));
  if (name === undefined) throw new Error(`${directory} has no ${prefix}*`);
  return join(directory, name);
}

/** The configuration that a Debian kernel's package gives. */
export const configText = (directory: string) =>
  readFileSync(fileIn(join(directory, "boot"), "config-"), "latin1");
