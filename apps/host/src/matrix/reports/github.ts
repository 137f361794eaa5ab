import { plainLine, shownName } from "../plain.ts";
import { complaint, type MatrixReport } from "./report.ts";

/** An annotation for each kernel that is not as expected (GitHub's "workflow commands"). */
export const annotations = ({ kernels }: MatrixReport): string =>
  kernels
    .filter(({ asExpected, result }) => !asExpected && result !== "not-run")
    .map(
      (kernel) =>
        `::error title=${property(shownName(kernel.name, 100))}::${data(plainLine(complaint(kernel), 1000))}\n`,
    )
    .join("");

/** As @actions/core escapes them. */
const data = (text: string): string =>
  text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const property = (text: string): string => data(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
