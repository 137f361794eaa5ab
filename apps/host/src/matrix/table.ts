import { table } from "../report/table-text.ts";
import { plainLine, shownName, withoutCommands } from "./plain.ts";
import type { KernelReport } from "./reports/report.ts";
import { secondsText } from "./words.ts";

const HEAD = ["KERNEL", "RELEASE", "RESULT", "STATUS", "BOOT", "RUN", "FIRST FAILING LINE"];
const MOST = { name: 40, line: 100 } as const;

/** A line for each kernel, in the order in which they were named. */
export const matrixTable = (kernels: readonly KernelReport[]): string =>
  table(
    [
      HEAD,
      ...kernels.map(({ name, release, said, status, bootMs, runMs, firstFailing }) => [
        shownName(name, MOST.name),
        shownLine(release ?? "", MOST.name),
        shownLine(said, MOST.name),
        status === null ? "" : String(status),
        bootMs === null ? "" : secondsText(bootMs),
        runMs === null ? "" : secondsText(runMs),
        shownLine(firstFailing, MOST.line),
      ]),
    ],
    [3, 4, 5],
  );

const shownLine = (text: string, most: number): string => withoutCommands(plainLine(text, most));
