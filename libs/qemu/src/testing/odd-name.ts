const pieces = [",", ",,", "=", ":", " ", "\n", "\t", '"', "'", "\\", "%", "$x", "ü", "字", "🙂"];
const letters = ["a", "id=", "path", "on", ".", "-", "~", "#", "[", "{", "{}", "0"];

/** A file name of 1 to `longest` pieces, rich in characters that option parsers trip over. */
export function oddName(random: (below: number) => number, longest = 12): string {
  const all = [...pieces, ...letters];
  let name = "";
  for (let count = random(longest) + 1; count > 0; count--) name += all[random(all.length)] ?? "";
  return name === "." || name === ".." ? `${name}x` : name;
}
