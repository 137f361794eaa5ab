import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { executable } from "../../../test/harness/place.ts";
import { killMarked } from "../../../test/harness/processes.ts";

/**
 * Where a benchmark works: a vimto that stays the same while somebody builds another, a cache that no
 * other run knows, and a working directory that is no git repository. Not below /tmp, which is the
 * guest's own.
 */
export type Place = {
  readonly directory: string;
  readonly vimto: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Ends every process that works here, and takes all files away. */
  remove(): void;
};

export function makePlace(): Place {
  const directory = mkdtempSync("/var/tmp/vimto-bench-");
  const work = join(directory, "work");
  const vimto = join(directory, "vimto");
  mkdirSync(work);
  copyFileSync(executable, vimto);
  process.chdir(work);
  return {
    directory,
    vimto,
    environment: { XDG_CACHE_HOME: join(directory, "cache") },
    remove: () => {
      // The directory is in the command line or the environment of each.
      killMarked(directory);
      process.chdir("/");
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
