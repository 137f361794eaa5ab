import type { CacheEntry } from "../upkeep/contents.ts";
import { sizeText, table, whenText } from "./table-text.ts";

type Shown = Pick<CacheEntry, "kind" | "name" | "bytes" | "lastUse" | "inUse">;

/** A table of what the cache holds, and how much that is together. */
export function cacheText(directory: string, entries: readonly Shown[], now: number): string {
  const rows = [
    ...entries.filter(({ kind }) => kind !== "facts"),
    ...together(entries.filter(({ kind }) => kind === "facts")),
  ].map((entry) => [entry.kind, entry.name, sizeText(entry.bytes), whenText(entry, now)]);
  const total = ["total", "", sizeText(entries.reduce((sum, { bytes }) => sum + bytes, 0)), ""];
  if (rows.length === 0) return `${directory} is empty\n`;
  return `${directory}\n\n${table([["KIND", "WHAT", "SIZE", "LAST USE"], ...rows, total], [2])}`;
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
