import { table } from "../report/table-text.ts";
import type { CellResult } from "./cell.ts";
import { plainLine, shownName } from "./plain.ts";
import { secondsText, stateText } from "./words.ts";

const HEAD = ["KERNEL", "RELEASE", "RESULT", "STATUS", "BOOT", "RUN", "FIRST FAILING LINE"];
const MOST = { name: 40, line: 100 } as const;

/** A line for each cell, in the order in which they were named. */
export const matrixTable = (results: readonly CellResult[]): string =>
  table(
    [
      HEAD,
      ...results.map((result) => [
        shownName(result.cell.name, MOST.name),
        result.release ?? "",
        stateText(result),
        result.status === undefined ? "" : String(result.status),
        result.bootMs === undefined ? "" : secondsText(result.bootMs),
        result.runMs === undefined ? "" : secondsText(result.runMs),
        plainLine(result.firstFailing, MOST.line),
      ]),
    ],
    [3, 4, 5],
  );
