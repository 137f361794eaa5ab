import type { StreamName } from "../matrix/capture.ts";
import type { Cell } from "../matrix/cell.ts";
import type { CellStreams } from "../matrix/run-cell.ts";
import type { Ended } from "../matrix/verdict.ts";
import { prime } from "../run/prime.ts";
import { type Context, runRequest } from "./context.ts";
import { planGo } from "./go-command.ts";
import { contextOfCell, onMany } from "./many.ts";
import { forward, statusOf } from "./on-host.ts";

/** Runs `go test` once for each kernel, on the host, with this vimto as its -exec. */
export const goOnMany = (
  context: Context,
  cells: readonly Cell[],
  argv: readonly string[],
): Promise<number> =>
  onMany(context, cells, argv, (cell, streams) =>
    goTest(contextOfCell(context, cell), cell, argv, streams),
  );

async function goTest(
  context: Context,
  cell: Cell,
  argv: readonly string[],
  { take, streams, signals, emit }: CellStreams,
): Promise<Ended> {
  const { environment, settings } = context;
  // The vimto that go starts finds the table in the file by this name.
  const named = cell.listed ? ["--only", cell.name] : [];
  const plan = planGo(argv, process.execPath, settings, named);
  const began = performance.now();
  const moments = new Map<string, number>();
  const reach = (moment: string) => moments.set(moment, performance.now() - began);
  const request = runRequest(context, []);
  const { release } = await prime({
    ...request,
    streams,
    signals,
    emit: (event) => {
      if (event.kind === "moment") reach(event.moment);
      emit(event);
    },
  });
  reach("command-started");
  const child = Bun.spawn([...plan.argv], {
    env: { ...environment, ...plan.environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const unsubscribe = signals.subscribe((name) => forward(name, child.pid));
  try {
    await Promise.all([
      passed(child.stdout, "stdout", take),
      passed(child.stderr, "stderr", take),
      child.exited,
    ]);
  } finally {
    unsubscribe();
  }
  reach("command-ended");
  const status = statusOf(child);
  const outcome = status === 0 ? "passed" : "failed";
  return { outcome, status, reason: undefined, release, moments };
}

async function passed(
  stream: ReadableStream<Uint8Array>,
  name: StreamName,
  take: CellStreams["take"],
): Promise<void> {
  for await (const bytes of stream) await take(name, bytes);
}
