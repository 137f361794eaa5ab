/**
 * - ok: there
 * - lacks: a run cannot work without it
 * - slow, absent: a run works, with less
 * - unknown: nothing says whether it is there
 */
export type CheckState = "ok" | "lacks" | "slow" | "absent" | "unknown";

/** One thing that was looked at. */
export type Check = {
  readonly name: string;
  readonly state: CheckState;
  /** What was found; or what is missing, and after a semicolon the way to mend it. */
  readonly what: string;
};

export type Section = {
  readonly title: string;
  readonly checks: readonly Check[];
  /** Sentences about what the checks add up to, when a run cannot work for it. */
  readonly problems?: readonly string[];
};

/** The number of reasons why a run cannot work. */
export const reasons = (sections: readonly Section[]): number =>
  sections.reduce((sum, { checks, problems }) => sum + (problems?.length ?? lacks(checks)), 0);

const lacks = (checks: readonly Check[]) => checks.filter(({ state }) => state === "lacks").length;

const marks: Readonly<Record<CheckState, string>> = {
  ok: "ok",
  lacks: "LACKS",
  slow: "slow",
  absent: "--",
  unknown: "?",
};

/** Aligned text, one line a check, the way to mend a lack on a line of its own, the verdict last. */
export function doctorText(sections: readonly Section[]): string {
  const width = Math.max(
    ...sections.flatMap(({ checks }) => checks.map(({ name }) => name.length)),
  );
  const blocks = sections.flatMap(({ title, checks, problems = [] }) => [
    [title, ...checks.flatMap((check) => lines(check, width))].join("\n"),
    ...problems.map((problem) => `  ${problem.replaceAll("; ", ";\n  ")}`),
  ]);
  const count = reasons(sections);
  const verdict =
    count === 0
      ? "A run would work."
      : `A run would not work, for ${count === 1 ? "one reason" : `${count} reasons`}.`;
  return `${[...blocks, verdict].join("\n\n")}\n`;
}

const MARK_WIDTH = 5;

function lines({ name, state, what }: Check, width: number): string[] {
  const indent = " ".repeat(2 + MARK_WIDTH + 2 + width + 2);
  const [first = "", ...more] = what.split("; ");
  const mark = marks[state].padEnd(MARK_WIDTH);
  return [`  ${mark}  ${name.padEnd(width)}  ${first}`, ...more.map((part) => `${indent}${part}`)];
}
