import type { CacheEntry } from "../artefacts/contents.ts";

type Shown = Pick<CacheEntry, "kind" | "name" | "bytes" | "lastUse" | "inUse">;

/** A table of what the cache holds, and how much that is together. */
export function cacheText(directory: string, entries: readonly Shown[], now: number): string {
  const rows = [
    ...entries.filter(({ kind }) => kind !== "facts"),
    ...together(entries.filter(({ kind }) => kind === "facts")),
  ].map((entry) => [entry.kind, entry.name, sizeText(entry.bytes), whenText(entry, now)]);
  const total = ["total", "", sizeText(entries.reduce((sum, { bytes }) => sum + bytes, 0)), ""];
  if (rows.length === 0) return `${directory} is empty\n`;
  return `${directory}\n\n${table([["KIND", "WHAT", "SIZE", "LAST USE"], ...rows, total])}`;
}

/** What was removed, in a sentence. */
export function removedText(removed: readonly Shown[], kept: readonly Shown[]): string {
  const sum = (entries: readonly Shown[]) =>
    sizeText(entries.reduce((total, { bytes }) => total + bytes, 0));
  const parts = (entries: readonly Shown[]) =>
    entries.length === 1 ? "1 part" : `${entries.length} parts`;
  const gone =
    removed.length === 0 ? "removed nothing" : `removed ${parts(removed)}, ${sum(removed)}`;
  if (kept.length === 0) return `${gone}; the cache is empty\n`;
  const used = kept.filter(({ inUse }) => inUse).length;
  const inUse = used === 0 ? "" : `, ${used} in use`;
  return `${gone}; ${parts(kept)} left, ${sum(kept)}${inUse}\n`;
}

/** Many small files are one row. */
function together(entries: readonly Shown[]): Shown[] {
  if (entries.length === 0) return [];
  return [
    {
      kind: "facts",
      name: entries.length === 1 ? "1 file" : `${entries.length} files`,
      bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
      lastUse: Math.max(...entries.map(({ lastUse }) => lastUse)),
      inUse: entries.some(({ inUse }) => inUse),
    },
  ];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = [0, 1, 2].map((column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  );
  const [kind = 0, what = 0, size = 0] = widths;
  return rows
    .map(([a = "", b = "", c = "", d = ""]) =>
      `${a.padEnd(kind)}  ${b.padEnd(what)}  ${c.padStart(size)}  ${d}`.trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

const units = ["KiB", "MiB", "GiB", "TiB"] as const;

function sizeText(bytes: number): string {
  let value = bytes / 1024;
  let unit = 0;
  for (; value >= 1000 && unit < units.length - 1; unit++) value /= 1024;
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.ceil(value)} ${units[unit]}`;
}

const spans = [
  ["day", 86_400_000],
  ["hour", 3_600_000],
  ["minute", 60_000],
] as const;

function whenText({ inUse, lastUse }: Shown, now: number): string {
  if (inUse) return "in use";
  const [unit, length] = spans.find(([, ms]) => now - lastUse >= ms) ?? [];
  if (unit === undefined || length === undefined) return "just now";
  const count = Math.floor((now - lastUse) / length);
  return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
}
