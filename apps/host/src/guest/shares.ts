import { existsSync, realpathSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Share } from "../settings/index.ts";
import { isWithin } from "./paths.ts";

/** Where a distribution's own programs live: running one does not mean to write there. */
const SYSTEM = [
  "/bin",
  "/sbin",
  "/lib",
  "/lib64",
  "/usr",
  "/etc",
  "/boot",
  "/opt",
  "/nix",
  "/proc",
  "/sys",
  "/dev",
];

export type ShareInputs = {
  readonly cwd: string;
  readonly gitRoot: string | undefined;
  /** argv[0] of the command. */
  readonly program: string;
  /** Directories that the command was told to write to. */
  readonly told?: readonly string[];
  readonly asked: readonly Share[];
};

/**
 * The host directories that the guest may write to (or only read, if asked so), by their real paths,
 * outer ones first: the git root, the working directory, the directory of a program that is named by
 * its path, those that go names to a test binary, and what --share names. One within another of the same kind is left out. The root itself
 * is never shared so.
 */
export function planShares(inputs: ShareInputs): Share[] {
  const wanted: Share[] = inputs.asked.map(({ path, readonly }) => ({
    path: real(path),
    readonly,
  }));
  const implied = [
    inputs.gitRoot,
    inputs.cwd,
    inputs.program.includes("/") ? directoryOf(resolve(inputs.cwd, inputs.program)) : undefined,
    ...(inputs.told ?? []),
  ];
  for (const directory of implied) {
    if (directory === undefined) continue;
    const path = real(directory);
    if (path === "/" || SYSTEM.some((system) => isWithin(path, system))) continue;
    if (!wanted.some((share) => share.path === path)) wanted.push({ path, readonly: false });
  }
  wanted.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
  const kept: Share[] = [];
  for (const share of wanted) {
    const outer = kept.findLast(({ path }) => isWithin(share.path, path));
    if (outer === undefined || outer.readonly !== share.readonly) kept.push(share);
  }
  return kept;
}

/** undefined when it is not there: then the command may still come from an image, or fails by its name. */
function directoryOf(program: string): string | undefined {
  const directory = dirname(real(program));
  return existsSync(directory) ? directory : undefined;
}

/** With symbolic links resolved, because the guest mounts where the link leads. */
function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
