import type { Cache } from "../cache/cache.ts";
import type { Bisection } from "../matrix/bisection.ts";
import type { Cell } from "../matrix/cell.ts";
import type { Kept } from "../matrix/kept-results.ts";
import { runMatrix } from "../matrix/matrix.ts";
import type { CellOptions } from "../matrix/run-cell.ts";
import { run } from "../run/run.ts";
import { quoted, UserError } from "../settings/user-error.ts";
import { type Context, demandOne, runRequest } from "./context.ts";
import { processSignals, processStreams } from "./process.ts";
import { runIdentity } from "./run-identity.ts";

/** Runs a command in a machine of each kernel; resolves to vimto's exit status. */
export async function execOnMany(
  context: Context,
  cells: readonly Cell[],
  argv: readonly string[],
): Promise<number> {
  const identify = (cell: Cell, signal: AbortSignal) =>
    runIdentity(contextOfCell(context, cell), argv, signal);
  return await onMany(
    context,
    cells,
    argv,
    (cell, { streams, signals, emit }) =>
      run({ ...runRequest(contextOfCell(context, cell), argv), streams, signals, emit }),
    identify,
  );
}

/** Runs something on each kernel. Throws UserError for settings that only a single kernel can have. */
export async function onMany(
  context: Context,
  cells: readonly Cell[],
  command: readonly string[],
  perform: CellOptions["perform"],
  identify?: Bisection["identify"],
): Promise<number> {
  const { settings, environment } = context;
  if (settings.dryRun) demandOne(context);
  if (settings.resume && identify === undefined)
    throw new UserError(
      "conflict",
      `--resume needs results that were kept, and of ${command.slice(0, 2).join(" ")} none are, as vimto does not know its files; leave --resume out`,
    );
  const halted = cells.find((cell) => cell.settings.gdbPort !== undefined);
  if (halted !== undefined)
    throw new UserError(
      "conflict",
      `--gdb needs a single machine, and ${cells.length} kernels are named; choose one with --only, such as: --only ${quoted(halted.name)}`,
    );
  const { merged } = processStreams();
  return await runMatrix({
    command,
    cells,
    shard: context.shard,
    settings,
    environment,
    signals: processSignals,
    merged,
    perform,
    bisection: {
      identify: identify ?? (async () => undefined),
      kept: keptIn(context.cache),
      resume: settings.resume,
    },
  });
}

const keptIn = (cache: Cache): Kept => ({
  read: (key) => cache.useText(`facts/${key}.result`),
  write: (key, text) => cache.keepText(`facts/${key}.result`, text),
});

/** What a run with this kernel alone is given. */
export const contextOfCell = ({ cells: _, ...context }: Context, cell: Cell): Context => ({
  ...context,
  settings: cell.settings,
  environment: { ...context.environment, ...cell.environment },
});
