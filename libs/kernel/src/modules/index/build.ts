import { KernelError } from "../../error.ts";
import { type IndexedModule, indexFiles } from "./files.ts";
import { indexedPaths, readBuiltin, readIndexed } from "./read.ts";

/** Files of depmod(8) by their names: a tool that reads them loads modules as modprobe(8) does. */
export type ModuleIndex = ReadonlyMap<string, Uint8Array>;

/**
 * What depmod(8) would write for the modules in `directory`. Reads every module, which takes seconds where they
 * are compressed; other work goes on meanwhile. A file that is no module is left out.
 *
 * Errors: KernelError "missing", "directory" or "unreadable" for the directory; the signal's reason.
 */
export async function moduleIndex(directory: string, signal?: AbortSignal): Promise<ModuleIndex> {
  const modules: IndexedModule[] = [];
  for (const path of indexedPaths(directory)) {
    try {
      modules.push(readIndexed(directory, path));
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
    }
    await new Promise(setImmediate);
    signal?.throwIfAborted();
  }
  return indexFiles(modules, readBuiltin(directory));
}
