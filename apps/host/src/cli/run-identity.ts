import { fstatSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { fileIdentity } from "../cache/identity.ts";
import { type Context, kernelSource } from "./context.ts";

/**
 * What a result of a run depends on, as far as vimto knows: the kernel's file, the settings of the machine, and
 * the command with the files that it names. Undefined when the kernel cannot be found. Does not reject.
 */
export async function runIdentity(
  context: Context,
  argv: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  const { settings, environment, reporter } = context;
  try {
    const emit = (event: Parameters<typeof reporter.event>[0]) => reporter.event(event);
    const { files } = await kernelSource(context).locate({
      signal,
      emit: (event) => emit({ kind: "pull", event }),
    });
    const { memoryBytes, smpText, arch, accel, fs, net, append, shares } = settings;
    const { user, setup, teardown, timeoutMs, cwd } = settings;
    const machine = { memoryBytes, smpText, arch, accel, fs, net, append, shares };
    const around = { user, setup, teardown, timeoutMs, cwd };
    return [
      fileIdentity(files.image),
      JSON.stringify({ machine, around, argv }),
      ...(fstatSync(0).isFile() ? [fileIdentity("/proc/self/fd/0")] : []),
      ...namedFiles(argv, cwd, environment.PATH).map(fileIdentity),
    ];
  } catch {
    return undefined;
  }
}

/** The program and the files that a command names, in a script of sh too. */
function namedFiles(argv: readonly string[], cwd: string, path: string | undefined): string[] {
  const program = Bun.which(argv[0] ?? "", { cwd, ...(path !== undefined && { PATH: path }) });
  const words = argv.flatMap((word) => [word, ...word.split(/[\s;|&<>()'"$=]+/)]);
  const files = words
    .filter((word) => word !== "" && !word.includes("\0"))
    .map((word) => resolve(cwd, word))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile() === true);
  return [...new Set([...(program === null ? [] : [program]), ...files])];
}
