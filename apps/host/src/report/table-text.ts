/** Columns as wide as they need to be, two spaces apart; numbers stand at the right of theirs. */
export function table(rows: readonly (readonly string[])[], numbers: readonly number[]): string {
  const width = (column: number) => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  const widths = (rows[0] ?? []).map((_, column) => width(column));
  const cell = (text: string, column: number) =>
    numbers.includes(column)
      ? text.padStart(widths[column] ?? 0)
      : text.padEnd(widths[column] ?? 0);
  return rows.map((row) => `${row.map(cell).join("  ").trimEnd()}\n`).join("");
}

const units = ["KiB", "MiB", "GiB", "TiB"] as const;

/** "12 KiB", "1.5 GiB". */
export function sizeText(bytes: number): string {
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

/** "in use", "just now", "3 days ago". Times are milliseconds of Date. */
export function whenText(
  { inUse, lastUse }: { readonly inUse: boolean; readonly lastUse: number },
  now: number,
): string {
  if (inUse) return "in use";
  const [unit, length] = spans.find(([, ms]) => now - lastUse >= ms) ?? [];
  if (unit === undefined || length === undefined) return "just now";
  const count = Math.floor((now - lastUse) / length);
  return `${count} ${unit}${count === 1 ? "" : "s"} ago`;
}
