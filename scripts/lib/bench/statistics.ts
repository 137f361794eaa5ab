export type Spread = { readonly median: number; readonly min: number; readonly max: number };

/** Throws RangeError when there is nothing to take the middle of. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const [min] = sorted;
  const max = sorted.at(-1);
  const high = sorted[sorted.length >> 1];
  const low = sorted[(sorted.length - 1) >> 1];
  if (min === undefined || max === undefined || high === undefined || low === undefined)
    throw new RangeError("nothing was measured");
  return { median: (low + high) / 2, min, max };
}

export const median = (values: readonly number[]): number => spread(values).median;

/**
 * Runs each of `things` once a round, in turns, so that what else the machine does falls on all
 * alike. Returns what each gave, in the order of the rounds.
 */
export async function alternate<Sample>(
  rounds: number,
  things: readonly (() => Promise<Sample>)[],
): Promise<Sample[][]> {
  const samples: Sample[][] = things.map(() => []);
  for (let round = 0; round < rounds; round++)
    for (const [index, thing] of things.entries()) samples[index]?.push(await thing());
  return samples;
}
