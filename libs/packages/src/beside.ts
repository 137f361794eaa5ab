import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { ArchiveError } from "@vimto/archive";
import { CodecError } from "@vimto/codec";
import { PackageError } from "./errors.ts";
import { belongsTo, FAMILY_FILES } from "./family.ts";
import { type PackageLabel, readLabel } from "./formats/label.ts";
import type { PackageKind } from "./kind.ts";
import { LIMITS } from "./limits.ts";
import { namePackage, openPackage, readPackage } from "./read.ts";

/** The packages beside `path` that may be parts of the same kernel, by their names; sorted. */
export function neighbours(path: string, kind: PackageKind): string[] {
  const pattern = FAMILY_FILES[kind];
  if (pattern === undefined) return [];
  const directory = dirname(path);
  try {
    return readdirSync(directory)
      .filter((name) => pattern.test(name) && name !== basename(path))
      .sort()
      .map((name) => join(directory, name));
  } catch {
    // A directory that may be passed through and not be listed.
    return [];
  }
}

/** Those of `candidates` that are parts of the same kernel as the package at `path`, by what they say they are. */
export async function partsBeside(
  path: string,
  kind: PackageKind,
  candidates: readonly string[],
  signal: AbortSignal | undefined,
): Promise<string[]> {
  if (candidates.length === 0) return [];
  const named = await labelOf(path, kind, signal);
  if (named === undefined) return [];
  const parts: string[] = [];
  const taken = new Set<string>([named.name]);
  for (const candidate of candidates) {
    const label = await labelOf(candidate, kind, signal);
    if (label === undefined || !belongsTo(named, label, kind) || taken.has(label.name)) continue;
    taken.add(label.name);
    parts.push(candidate);
  }
  return parts;
}

/** Undefined for what is damaged or cannot be read: if it is the named one, unpacking it says so. */
async function labelOf(
  path: string,
  kind: PackageKind,
  signal: AbortSignal | undefined,
): Promise<PackageLabel | undefined> {
  const what = namePackage(path);
  try {
    await using file = await openPackage(path);
    return await readLabel(kind, readPackage(file, what, signal), { ...LIMITS, what });
  } catch (error) {
    const isUnusable =
      error instanceof CodecError ||
      error instanceof ArchiveError ||
      (error instanceof PackageError && error.code === "file");
    if (isUnusable) return undefined;
    throw error;
  }
}

/** `"a.deb", "b.deb" and "c.deb"`: packages without their directory. */
export function listNames(paths: readonly string[]): string {
  const names = paths.map((path) => JSON.stringify(basename(path)));
  const last = names.pop() ?? "";
  return names.length === 0 ? last : `${names.join(", ")} and ${last}`;
}
