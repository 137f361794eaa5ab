/** A small seeded generator (mulberry32); the same seed gives the same numbers everywhere. */
export function seeded(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const pieces = [",", ",,", "=", ":", " ", "\n", "\t", '"', "'", "\\", "%", "$x", "ü", "字", "🙂"];
const letters = ["a", "id=", "path", "on", ".", "-", "~", "#", "[", "{", "{}", "0"];

/** A file name of 1 to `longest` pieces, rich in characters that option parsers trip over. */
export function oddName(random: (below: number) => number, longest = 12): string {
  const all = [...pieces, ...letters];
  let name = "";
  for (let count = random(longest) + 1; count > 0; count--) name += all[random(all.length)] ?? "";
  return name === "." || name === ".." ? `${name}x` : name;
}
