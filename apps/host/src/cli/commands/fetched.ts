import type { PullEvent } from "@vimto/oci";
import type { Emit } from "../../events.ts";
import type { KernelSource, LocatedKernel } from "../../kernels/source.ts";
import { type SignalSource, Watch } from "../../run/watch.ts";

/** Runs what fetches something; a signal ends it, and then the error is Interrupted. */
export async function fetching<Result>(
  signals: SignalSource,
  fetch: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const watch = new Watch(signals);
  try {
    return await watch.fetching(fetch);
  } finally {
    watch.release();
  }
}

/** A kernel with its files on this machine, for a command that runs nothing in it. */
export const fetched = (about: {
  readonly kernel: KernelSource;
  readonly signals: SignalSource;
  readonly emit: Emit;
}): Promise<LocatedKernel> =>
  fetching(about.signals, (signal) =>
    about.kernel.locate({
      signal,
      emit: (event: PullEvent) => about.emit({ kind: "pull", event }),
    }),
  );
