import type { RunEvent } from "../events.ts";
import type { Taker } from "./capture.ts";
import type { Cell, CellResult } from "./cell.ts";

/** Shows the output of cells, each at its time. */
export type Display = {
  /** Where all output of a cell is kept; undefined for nowhere but vimto's stdout and stderr. */
  readonly fileOf: (name: string) => string | undefined;
  /** Whether stdout and stderr of a cell go to one place. */
  readonly merged: boolean;
  /** Begins a cell; it is begun once more when its machine is booted again. */
  readonly begin: (cell: Cell) => Taker;
  /** What happens in its run. */
  readonly follow?: (cell: Cell, event: RunEvent) => void;
  /** Ends it, and shows what was kept; `said` is what vimto says of its end. Errors: of files that are written. */
  readonly end: (result: CellResult, said: string) => Promise<void>;
};
