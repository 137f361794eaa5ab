import { createHash } from "node:crypto";
import { fstatSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { decisiveFiles } from "@vimto/kernel";
import {
  type Accelerator,
  type BinaryIdentity,
  chooseAccelerator,
  identityKey,
  readAcceleratorFacts,
} from "@vimto/qemu";
import { fileIdentity } from "../cache/identity.ts";
import { commandEnvironment } from "../guest/command.ts";
import type { Environment } from "../host/facts.ts";
import { findQemu } from "../host/qemu.ts";
import type { LocatedKernel } from "../kernels/source.ts";
import { architectureOf } from "../run/prepare.ts";
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
  const { settings, environment, cache, reporter } = context;
  const architecture = architectureOf(settings.arch);
  try {
    const [located, { identity: qemu }, facts] = await Promise.all([
      kernelSource(context).locate({
        signal,
        emit: (event) => reporter.event({ kind: "pull", event }),
      }),
      findQemu(cache, architecture, environment, settings.cwd),
      readAcceleratorFacts({ environment }),
    ]);
    const { accelerator } = chooseAccelerator(settings.accel, architecture, facts);
    return identityOf({ located, qemu, accelerator, settings, environment, argv });
  } catch {
    return undefined;
  }
}

export type Run = {
  readonly located: Pick<LocatedKernel, "files" | "overlay">;
  readonly qemu: BinaryIdentity;
  /** What `auto` means here too. */
  readonly accelerator: Accelerator;
  readonly settings: Settings;
  /** Of the command. */
  readonly environment: Environment;
  readonly argv: readonly string[];
};

/**
 * This vimto's version, the kernel with its modules and the directory on the guest's root, QEMU and whether it
 * emulates, the settings of the machine, the command and its environment, and the files that command, setup and
 * teardown name. Undefined when one of these names a directory: vimto does not check what changes in it. Throws what
 * stat(2) does.
 */
export function identityOf(run: Run): string[] | undefined {
  const { located, qemu, accelerator, settings, environment, argv } = run;
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
    identityKey(qemu),
    accelerator,
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
