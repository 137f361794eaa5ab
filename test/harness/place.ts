import { mkdirSync, mkdtempSync } from "node:fs";
import { join } from "node:path";

/** The repository's root, and the executable under test. */
export const root = join(import.meta.dirname, "../..");
export const executable = process.env.VIMTO_TEST_EXECUTABLE ?? join(root, "dist/vimto");

/**
 * Everything that a run of the tests writes. Not below /tmp: that is another directory in the
 * guest. Workers are threads, so this names one directory for all files of a run.
 */
export const base = `/var/tmp/vimto-test-${process.pid}`;

/** The cache that tests share, so that it is warm. */
export const sharedCache = join(base, "cache");

/** A new empty directory, which the end of the run removes. */
export function emptyDirectory(name: string): string {
  mkdirSync(base, { recursive: true });
  return mkdtempSync(join(base, `${name}-`));
}
