export type Cell = string | number;

/** Aligned text: columns of figures to the right, others to the left; numbers with two decimals. */
export function table(header: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const body = rows.map((row) => header.map((_, column) => cellText(row[column] ?? "")));
  const columns = header.map((name, column) => {
    const texts = body.map((row) => row[column] ?? "");
    const width = Math.max(...[name, ...texts].map((text) => text.length));
    return texts.every(isFigure)
      ? (text: string) => text.padStart(width)
      : (text: string) => text.padEnd(width);
  });
  return [header, ...body]
    .map((row) => columns.map((pad, column) => pad(row[column] ?? "")).join("  "))
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}

const isFigure = (text: string): boolean => /^(?:-?[0-9.]+|NaN|)$/.test(text);

const cellText = (cell: Cell): string => (typeof cell === "number" ? cell.toFixed(2) : cell);

export const mib = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
