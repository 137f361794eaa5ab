import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { Staging, StorePaths } from "@vimto/store";
import { z } from "zod";
import { KernelPackage } from "./package-list.ts";

const SuiteIndexFile = z.object({
  base: z.string(),
  suite: z.string(),
  architecture: z.string(),
  etag: z.string().optional(),
  lastModified: z.string().optional(),
  /** SHA256 of the InRelease file. */
  releaseDigest: z.string(),
  validUntil: z.number().optional(),
  unchecked: z.string().optional(),
  /** SHA256 of the list of packages. */
  listDigest: z.string(),
  packages: z.array(KernelPackage),
});

/** The kernels of one suite, as its archive offered them when it was last asked. */
export type SuiteIndex = z.infer<typeof SuiteIndexFile>;

type Place = { readonly base: string; readonly suite: string; readonly architecture: string };

const nameOf = ({ base, suite, architecture }: Place) => `${base} ${suite} ${architecture}`;

/** What the store knows of a suite; undefined for an unreadable entry, which is fetched anew. */
export function readIndex(paths: StorePaths, place: Place): SuiteIndex | undefined {
  const path = paths.index(nameOf(place));
  if (!existsSync(path)) return undefined;
  try {
    return SuiteIndexFile.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    return undefined;
  }
}

export function writeIndex(paths: StorePaths, staging: Staging, index: SuiteIndex): void {
  const path = staging.path();
  writeFileSync(path, JSON.stringify(index));
  renameSync(path, paths.index(nameOf(index)));
}
