import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { KernelError, listed, quote } from "../error.ts";
import { isFile, names } from "./files.ts";
import { compareReleases, nearest } from "./version.ts";

/** A kernel in /boot. */
export interface InstalledKernel {
  readonly release: string;
  readonly path: string;
  /** Whether this user may read it; Ubuntu lets only root. */
  readonly readable: boolean;
}

/** The kernels installed below `root`, the newest first. Errors: KernelError "unreadable". */
export function installedKernels(root = "/"): InstalledKernel[] {
  const boot = join(root, "boot");
  return names(boot)
    .filter((name) => name.startsWith("vmlinuz-"))
    .map((name) => ({ release: name.slice("vmlinuz-".length), path: join(boot, name) }))
    .filter(({ path }) => isFile(path))
    .map((kernel) => ({ ...kernel, readable: readable(kernel.path) }))
    .sort((a, b) => compareReleases(b.release, a.release));
}

/** Opens the file instead of access(2), which answers for the real user, not for the effective one. */
function readable(path: string): boolean {
  try {
    closeSync(openSync(path, "r"));
    return true;
  } catch {
    return false;
  }
}

/**
 * The installed kernel of a release: `wanted` as in `host:VERSION`, or without one the kernel that
 * this machine runs (`running`, as `uname -r` prints it).
 *
 * Errors: KernelError "not-installed" or "unreadable", which list the installed kernels.
 */
export function hostKernel(
  running: string,
  wanted?: string,
  installed: readonly InstalledKernel[] = installedKernels(),
): InstalledKernel {
  const kernel = installed.find(({ release }) => release === (wanted ?? running));
  if (kernel === undefined) throw notInstalled(running, wanted, installed);
  if (kernel.readable) return kernel;
  const others = installed.filter((other) => other.readable).map(({ release }) => release);
  const instead = others.length === 0 ? "" : `, or name host:${others[0]}`;
  throw new KernelError(
    "unreadable",
    `the host's kernel ${quote(kernel.path)} may not be read by this user; let root run chmod a+r on it${instead}`,
  );
}

function notInstalled(
  running: string,
  wanted: string | undefined,
  installed: readonly InstalledKernel[],
): KernelError {
  const releases = installed.map(({ release }) => release);
  const what =
    wanted === undefined
      ? `this machine runs Linux ${running}, which is not in /boot`
      : `there is no kernel ${quote(wanted)} in /boot`;
  const near = wanted === undefined ? releases[0] : nearest(wanted, releases);
  const instead =
    near === undefined
      ? "no kernel is installed there: name a file, a directory or an image"
      : `name host:${near}${releases.length > 1 ? ` (installed are ${listed(releases)})` : ""}`;
  return new KernelError("not-installed", `${what}; ${instead}`);
}
