/**
 * Orders kernel releases as a person does: 6.9 before 6.10, 6.12-rc1 before 6.12, 6.1.0-9-amd64
 * before 6.1.0-10-amd64. Negative when `a` comes first.
 */
export function compareReleases(a: string, b: string): number {
  const [left, right] = [pieces(a), pieces(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [x = "", y = ""] = [left[at], right[at]];
    if (x === y) continue;
    const [early, late] = [preliminary(x), preliminary(y)];
    if (early !== late) return early ? -1 : 1;
    const [m, n] = [Number(x || Number.NaN), Number(y || Number.NaN)];
    if (!Number.isNaN(m) && !Number.isNaN(n)) {
      if (m !== n) return m - n;
      continue;
    }
    return x < y ? -1 : 1;
  }
  return 0;
}

/** Digits and what is between them: "6.1.0-rc1" as 6 . 1 . 0 -rc 1. */
const pieces = (release: string) => release.match(/\d+|\D+/g) ?? [];

const preliminary = (piece: string) => piece.startsWith("-rc") || piece.startsWith("~");

/**
 * The release that begins most like `name`, number by number, and of several the one with the most similar
 * spelling; undefined for an empty list.
 */
export function nearest(name: string, releases: readonly string[]): string | undefined {
  const wanted = pieces(name);
  const alike = (release: string) => {
    const found = pieces(release);
    const differs = wanted.findIndex((piece, at) => piece !== found[at]);
    return differs === -1 ? wanted.length : differs;
  };
  return releases.toSorted(
    (a, b) => alike(b) - alike(a) || distance(name, a) - distance(name, b),
  )[0];
}

/** How many letters must be added, removed or changed (Levenshtein). */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let at = 1; at <= a.length; at++) {
    const next = [at];
    for (let to = 1; to <= b.length; to++) {
      const change = (row[to - 1] ?? 0) + (a[at - 1] === b[to - 1] ? 0 : 1);
      next.push(Math.min(change, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
