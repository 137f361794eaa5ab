/** What one step of the run came to. `scripts/test` adds these up. */
export interface Tally {
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
}

export const nothing: Tally = { passed: 0, failed: [], skipped: [] };

export function sum(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((count, tally) => count + tally.passed, 0),
    failed: tallies.flatMap((tally) => tally.failed),
    skipped: tallies.flatMap((tally) => tally.skipped),
  };
}

/** On a machine made for testing, a test that did not run is a failure: nobody reads the reasons. */
export function skipsFail(tally: Tally): Tally {
  const skipped = tally.skipped.map(({ name, reason }) => `${name} was skipped: ${reason}`);
  return { passed: tally.passed, failed: [...tally.failed, ...skipped], skipped: [] };
}

/** The end of the report: every skip with its reason, every failure by name, then the counts. */
export function report(tally: Tally): string {
  const lines = [
    ...tally.skipped.map(({ name, reason }) => `skipped: ${name}: ${reason}`),
    ...tally.failed.map((name) => `failed: ${name}`),
  ];
  const skipped = tally.skipped.length > 0 ? `, ${tally.skipped.length} skipped` : "";
  lines.push(`${tally.passed} passed, ${tally.failed.length} failed${skipped}`);
  return `${lines.join("\n")}\n`;
}
