/** What a kernel is, as far as a search goes. */
export type Judgement =
  | "good"
  | "bad"
  /** It did not boot, say: it tells nothing of the change that is looked for. */
  | "untestable";

/** What a search in an ordered list found; numbers are places in the list. */
export type Found =
  | {
      readonly kind: "found";
      readonly lastGood: number;
      readonly firstBad: number;
      /** What lies between them and could not be tested: the first bad one may be among these. */
      readonly untestable: readonly number[];
    }
  /** The first is not good, or the last not bad. */
  | { readonly kind: "end"; readonly end: "first" | "last"; readonly judgement: Judgement }
  /** The user ended it. */
  | { readonly kind: "ended" };

/** Judges kernels, in this order; undefined when the user ended it. */
export type Judge = (places: readonly number[]) => Promise<readonly Judgement[] | undefined>;

/**
 * Finds the first bad one of an ordered list of at least two by halves, after a look at both ends. What cannot
 * be tested is passed over, as `git bisect skip` does.
 */
export async function bisect(count: number, judge: Judge): Promise<Found> {
  let [lastGood, firstBad] = [0, count - 1];
  const ends = await judge([lastGood, firstBad]);
  const [first, last] = ends ?? [];
  if (first === undefined || last === undefined) return { kind: "ended" };
  if (first !== "good") return { kind: "end", end: "first", judgement: first };
  if (last !== "bad") return { kind: "end", end: "last", judgement: last };
  const untestable = new Set<number>();
  for (;;) {
    const between = range(lastGood + 1, firstBad);
    const middle = (lastGood + firstBad) / 2;
    const [place] = between
      .filter((one) => !untestable.has(one))
      .sort((one, other) => Math.abs(one - middle) - Math.abs(other - middle));
    if (place === undefined) return { kind: "found", lastGood, firstBad, untestable: between };
    const [judgement] = (await judge([place])) ?? [];
    if (judgement === undefined) return { kind: "ended" };
    if (judgement === "good") lastGood = place;
    else if (judgement === "bad") firstBad = place;
    else untestable.add(place);
  }
}

const range = (from: number, end: number): number[] =>
  Array.from({ length: Math.max(0, end - from) }, (_, at) => from + at);
