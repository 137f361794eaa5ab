/**
 * Orders versions of packages (deb-version(7), "Sorting algorithm"): epoch, upstream version, revision;
 * negative if `a` is the older one.
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  return (
    left.epoch - right.epoch ||
    comparePart(left.upstream, right.upstream) ||
    comparePart(left.revision, right.revision)
  );
}

function split(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(":");
  const rest = version.slice(colon + 1);
  const dash = rest.lastIndexOf("-");
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? "" : rest.slice(dash + 1),
  };
}

/** Runs of other characters and runs of digits, in turn, each compared in its own way. */
function comparePart(a: string, b: string): number {
  const [left, right] = [runs(a), runs(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [l = "", r = ""] = [left[at], right[at]];
    const order = at % 2 === 0 ? compareText(l, r) : Number(l || 0) - Number(r || 0);
    if (order !== 0) return order;
  }
  return 0;
}

function runs(text: string): string[] {
  return [...text.matchAll(/([^0-9]*)([0-9]*)/g)].flatMap(([, other = "", digits = ""]) => [
    other,
    digits,
  ]);
}

/** A tilde before all, even the end; letters before all other characters. */
function compareText(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const order = weight(a[at]) - weight(b[at]);
    if (order !== 0) return order;
  }
  return 0;
}

function weight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === "~") return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}
