/** What one step of the run came to. `scripts/test` adds these up. */
export interface Tally {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: readonly Skip[];
}

interface Skip {
  readonly name: string;
  readonly reason: string;
  /** Whether a machine made for testing may lack what the test needs. */
  readonly optional?: true;
}

export const nothing: Tally = { passed: 0, failed: [], skipped: [] };

export function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((count, tally) => count + tally.passed, 0),
    failed: tallies.flatMap((tally) => tally.failed),
    skipped: tallies.flatMap((tally) => tally.skipped),
  };
}

/** On a machine made for testing, a test that should run and did not is a failure: nobody reads the reasons. */
export function skipsFail({ passed, failed, skipped }: Tally): Tally {
  const wrong = skipped.filter(({ optional }) => !optional);
  return {
    passed,
    failed: [...failed, ...wrong.map(({ name, reason }) => `${name} was skipped: ${reason}`)],
    skipped: skipped.filter(({ optional }) => optional),
  };
}

/** Tests that may be skipped, which can be hundreds: a line for each reason. */
function optionalSkips(skipped: readonly Skip[]): string[] {
  const counts = new Map<string, number>();
  for (const { reason, optional } of skipped)
    if (optional) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, count]) => `skipped: ${count} of the tests: ${reason}`);
}

/** The end of the report: every skip with its reason, every failure by name, then the counts, without optional skips. */
export function report(tally: Tally): string {
  const lines = [
    ...tally.skipped.flatMap(({ name, reason, optional }) =>
      optional ? [] : [`skipped: ${name}: ${reason}`],
    ),
    ...optionalSkips(tally.skipped),
    ...tally.failed.map((name) => `failed: ${name}`),
  ];
  const skips = tally.skipped.filter(({ optional }) => !optional).length;
  const skipped = skips > 0 ? `, ${skips} skipped` : "";
  lines.push(`${tally.passed} passed, ${tally.failed.length} failed${skipped}`);
  return `${lines.join("\n")}\n`;
}
