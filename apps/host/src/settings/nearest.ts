/**
 * The known word that a mistyped one most likely meant: the closest by edit distance, else the
 * first that begins with what was typed. Undefined when nothing is close.
 */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  // Two changes turn a word of four letters into another word: make is not man.
  const limit = typed.length <= 4 ? 1 : typed.length <= 7 ? 2 : 3;
  let best: string | undefined;
  let bestDistance = limit + 1;
  let beginsWith: string | undefined;
  for (const candidate of known) {
    const distance = editDistance(typed, candidate.toLowerCase(), limit);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
    if (typed !== "" && candidate.toLowerCase().startsWith(typed)) beginsWith ??= candidate;
  }
  return best ?? beginsWith;
}

/**
 * Insertions, deletions, replacements and swaps of neighbours (optimal string alignment) that turn
 * one word into the other; any number above the limit stands for "too far".
 */
export function editDistance(from: string, to: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(from.length - to.length) > limit) return limit + 1;
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 &&
        column > 1 &&
        from[row - 1] === to[column - 2] &&
        from[row - 2] === to[column - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    [beforeLast, last] = [last, current];
  }
  return last[to.length] ?? 0;
}

/** The tail of a sentence about an unknown word: `; did you mean X?`, or the given other way out. */
export function didYouMean(
  word: string,
  known: Iterable<string>,
  otherwise: string,
  show: (candidate: string) => string = (candidate) => candidate,
): string {
  const found = nearest(word, known);
  return found === undefined ? `; ${otherwise}` : `; did you mean ${show(found)}?`;
}
