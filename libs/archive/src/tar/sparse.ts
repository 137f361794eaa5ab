import { ArchiveError } from "../error.ts";
import { number } from "./tar-header.ts";
import { type PaxRecords, paxSize, paxValue, wholeNumber } from "./tar-pax.ts";

/** A stretch of a file that is stored; between stretches are holes. */
export type Extent = { readonly offset: number; readonly size: number };

/** The stretches of a sparse file of `size` bytes (GNU tar manual, "Storing Sparse Files"). */
export type SparseMap = { readonly size: number; readonly extents: readonly Extent[] };

/** No limit of entries would help against one file with a billion stretches. */
const MOST_EXTENTS = 100_000;

/** The stretches in a header of GNU's old format (4 of them) or in a block that continues it (21). */
export function readGnuExtents(block: Uint8Array, at: number, count: number): Extent[] {
  const extents: Extent[] = [];
  for (let i = 0; i < count; i++) {
    if (block[at + i * 24] === 0) break;
    extents.push({
      offset: number(block, at + i * 24, 12, "sparse offset"),
      size: number(block, at + i * 24 + 12, 12, "sparse size"),
    });
  }
  return extents;
}

/** The map in pax records: format 0.0 repeats its keywords, 0.1 has one list. Undefined without a map. */
export function paxSparseMap(records: PaxRecords): SparseMap | undefined {
  const size = paxSize(records, "GNU.sparse.size");
  if (size === undefined) return undefined;
  const list = paxValue(records, "GNU.sparse.map");
  const numbers =
    list === undefined
      ? records.flatMap(([key, value]) =>
          key === "GNU.sparse.offset" || key === "GNU.sparse.numbytes" ? [value] : [],
        )
      : list.split(",");
  return { size, extents: pairs(numbers) };
}

/**
 * The map that format 1.0 has in front of the data: a count and then its numbers, one a line.
 * @returns undefined while lines are missing
 */
export function readDataMap(text: string): Extent[] | undefined {
  const lines = text.split("\n");
  if (lines.length < 2) return undefined;
  const count = wholeNumber(lines[0] ?? "", "sparse count");
  if (count > MOST_EXTENTS) throw tooMany();
  if (lines.length < 2 + count * 2) return undefined;
  return pairs(lines.slice(1, 1 + count * 2));
}

/** Stretches must come in order, apart, inside the file, and be as long together as what is stored. */
export function checkSparse(map: SparseMap, stored: number): void {
  if (map.extents.length > MOST_EXTENTS) throw tooMany();
  let end = 0;
  let sum = 0;
  for (const extent of map.extents) {
    if (extent.offset < end || extent.offset + extent.size > map.size) {
      throw new ArchiveError("archive", "a sparse file has data outside of itself or out of order");
    }
    end = extent.offset + extent.size;
    sum += extent.size;
  }
  if (sum !== stored) {
    throw new ArchiveError(
      "archive",
      `a sparse file has ${stored} bytes of data for a map of ${sum}`,
    );
  }
}

function pairs(numbers: readonly string[]): Extent[] {
  if (numbers.length % 2 !== 0)
    throw new ArchiveError("archive", "a sparse map has an offset without a size");
  if (numbers.length > MOST_EXTENTS * 2) throw tooMany();
  const extents: Extent[] = [];
  for (let i = 0; i < numbers.length; i += 2) {
    extents.push({
      offset: wholeNumber(numbers[i] ?? "", "sparse offset"),
      size: wholeNumber(numbers[i + 1] ?? "", "sparse size"),
    });
  }
  return extents;
}

function tooMany(): ArchiveError {
  return new ArchiveError("limit", `a sparse file has more than ${MOST_EXTENTS} stretches of data`);
}
