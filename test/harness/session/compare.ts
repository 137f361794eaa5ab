import type { Session } from "./parse.ts";
import type { Placeholders } from "./placeholders.ts";

/** What a run of a session showed, in the lines of a session. */
export interface Seen {
  /** One for each command. */
  readonly steps: readonly (readonly string[])[];
  /** The files of the project afterwards, as `shownContents` shows them. */
  readonly files: ReadonlyMap<string, readonly string[]>;
}

/**
 * How a run differs from its session: the whole terminal and the files that are not as they should be,
 * with "-" in front of what is missing and "+" in front of what should not be there; undefined when
 * all is as the session says.
 */
export function difference(
  session: Session,
  seen: Seen,
  placeholders: Placeholders,
): string | undefined {
  const unlike = (name: string) =>
    session.after.get(name)?.join("\n") !== seen.files.get(name)?.join("\n");
  const names = [...new Set([...session.after.keys(), ...seen.files.keys()])].filter(unlike).sort();
  const shown = (files: Seen["files"]) =>
    names.flatMap((name) => {
      const lines = files.get(name);
      return lines === undefined ? [] : [`[after] ${name}`, ...lines];
    });
  const expected = [...session.steps.flatMap(({ lines }) => lines), ...shown(session.after)];
  const actual = [...seen.steps.flat(), ...shown(seen.files)];
  const same = (left: string, right: string) => left === right || placeholders.accepts(left, right);
  const equal =
    expected.length === actual.length &&
    expected.every((line, index) => same(line, actual[index] ?? ""));
  return equal ? undefined : diff(expected, actual, placeholders).join("\n");
}

/** The shortest way from one to the other, a line of it a line. */
function diff(
  expected: readonly string[],
  actual: readonly string[],
  placeholders: Placeholders,
): string[] {
  const same = (left: number, right: number) => {
    const [line = "", other = ""] = [expected[left], actual[right]];
    return line === other || placeholders.matches(line, other);
  };
  // common[i][j]: how many lines expected from i on and actual from j on have in common, in order.
  const common = Array.from({ length: expected.length + 1 }, () =>
    new Array<number>(actual.length + 1).fill(0),
  );
  const at = (left: number, right: number) => common[left]?.[right] ?? 0;
  for (let left = expected.length - 1; left >= 0; left--)
    for (let right = actual.length - 1; right >= 0; right--)
      (common[left] as number[])[right] = same(left, right)
        ? at(left + 1, right + 1) + 1
        : Math.max(at(left + 1, right), at(left, right + 1));
  const lines: string[] = [];
  let [left, right] = [0, 0];
  while (left < expected.length || right < actual.length) {
    const both = left < expected.length && right < actual.length;
    if (both && same(left, right)) {
      lines.push(`  ${actual[right++]}`);
      left++;
    } else if (
      right === actual.length ||
      (left < expected.length && at(left + 1, right) >= at(left, right + 1))
    ) {
      lines.push(`- ${expected[left++]}`);
    } else lines.push(`+ ${actual[right++]}`);
  }
  return lines;
}
