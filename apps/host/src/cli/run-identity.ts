import { createHash } from "node:crypto";
import { fstatSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { decisiveFiles } from "@vimto/kernel";
import { fileIdentity } from "../cache/identity.ts";
import { commandEnvironment } from "../guest/command.ts";
import type { Environment } from "../host/facts.ts";
import type { LocatedKernel } from "../kernels/source.ts";
import type { Settings } from "../settings/settings.ts";
import { VERSION } from "../version.ts";
import { type Context, kernelSource } from "./context.ts";

/**
 * What a result of a run depends on, as far as vimto checks it (`identityOf`). Undefined when that cannot be
 * known, or the kernel is not found. Does not reject.
 */
export async function runIdentity(
  context: Context,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const { settings, environment, reporter } = context;
  try {
    const located = await kernelSource(context).locate({
      signal,
      emit: (event) => reporter.event({ kind: "pull", event }),
    });
    return identityOf({ located, settings, environment, argv });
  } catch {
    return undefined;
  }
}

export type Run = {
  readonly located: Pick<LocatedKernel, "files" | "overlay">;
  readonly settings: Settings;
  /** Of the command. */
  readonly environment: Environment;
  readonly argv: readonly string[];
};

/**
 * This vimto's version, the kernel with its modules and the directory on the guest's root, the settings of the
 * machine, the command and its environment, and the files that command, setup and teardown name. Undefined when
 * one of these names a directory: vimto does not check what changes in it. Throws what stat(2) does.
 */
export function identityOf({ located, settings, environment, argv }: Run): string[] | undefined {
  const { files, overlay } = located;
  const { memoryBytes, smpText, arch, accel, fs, net, append, shares, fresh } = settings;
  const { user, setup, teardown, timeoutMs, tty, cwd } = settings;
  const machine = { memoryBytes, smpText, arch, accel, fs, net, append, shares, fresh };
  const around = { user, setup, teardown, timeoutMs, tty, cwd };
  const commands = [argv, ...[...setup, ...teardown].map((hook) => hook.argv)];
  const named = commands.flatMap((words) => namedPaths(words, cwd, environment.PATH));
  if (named.some((path) => statSync(path, { throwIfNoEntry: false })?.isDirectory()))
    return undefined;
  return [
    VERSION,
    ...decisiveFiles(files).map(fileIdentity),
    overlay === undefined ? "" : fileIdentity(overlay),
    JSON.stringify({ machine, around, argv }),
    environmentHash(environment, settings.cpus),
    ...(fstatSync(0).isFile() ? [fileIdentity("/proc/self/fd/0")] : []),
    ...[...new Set(named)].map(fileIdentity),
  ];
}

/** Of what the guest gets; a hash, as variables hold secrets. */
function environmentHash(environment: Environment, cpus: number): string {
  const caller = { uid: process.getuid?.() ?? 0 };
  const user = { identity: caller, other: undefined, asRoot: false };
  const variables = [...commandEnvironment(environment, user, cpus)].sort();
  return createHash("sha256").update(JSON.stringify(variables)).digest("hex");
}

/** The existing programs, files and directories that a command names, also in a script of sh. */
function namedPaths(words: readonly string[], cwd: string, path: string | undefined): string[] {
  return words
    .flatMap((word) => [word, ...word.split(/[\s;|&<>()'"$=`]+/)])
    .filter((word) => word !== "" && !word.includes("\0"))
    .flatMap((word) => {
      const program = Bun.which(word, { cwd, ...(path !== undefined && { PATH: path }) });
      return [resolve(cwd, word), ...(program === null ? [] : [program])];
    })
    .filter((file) => statSync(file, { throwIfNoEntry: false }) !== undefined);
}
