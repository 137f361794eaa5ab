import { type ByteString, fromBytes } from "../byte-string.ts";
import { ArchiveError } from "../error.ts";

/** Records of an extended header, in order: GNU's sparse format 0.0 repeats its keywords. */
export type PaxRecords = readonly (readonly [key: string, value: ByteString])[];

/**
 * Reads the records of an extended header, each "LENGTH KEY=VALUE\n" with its own length in decimal
 * (POSIX.1-2017, pax, "pax Extended Header").
 * @throws ArchiveError "archive"
 */
export function readPax(bytes: Uint8Array): PaxRecords {
  const records: [string, ByteString][] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = fromBytes(bytes.subarray(at, space < 0 || space > at + 10 ? at : space));
    const end = at + Number(digits);
    if (
      !/^[1-9][0-9]*$/.test(digits) ||
      end > bytes.length ||
      end <= space ||
      bytes[end - 1] !== 0x0a
    ) {
      throw new ArchiveError("archive", "a pax header has a record with a wrong length");
    }
    const record = fromBytes(bytes.subarray(space + 1, end - 1));
    const equals = record.indexOf("=");
    if (equals < 1)
      throw new ArchiveError("archive", "a pax header has a record without a keyword");
    const key = record.slice(0, equals);
    const value = record.slice(equals + 1);
    if (NAMES.has(key) && value.includes("\0")) {
      throw new ArchiveError("archive", `a pax header has a "${key}" with a NUL byte in it`);
    }
    records.push([key, value]);
    at = end;
  }
  return records;
}

/** The last value of a keyword. An empty value takes back what was said before, so it is undefined. */
export function paxValue(records: PaxRecords, key: string): ByteString | undefined {
  const value = records.findLast(([name]) => name === key)?.[1];
  return value === "" ? undefined : value;
}

/** A value that must be a whole number of bytes. */
export function paxSize(records: PaxRecords, key: string): number | undefined {
  const value = paxValue(records, key);
  return value === undefined ? undefined : wholeNumber(value, key);
}

/** A value that must be seconds, with or without a fraction. */
export function paxTime(records: PaxRecords, key: string): number | undefined {
  const value = paxValue(records, key);
  if (value === undefined) return undefined;
  if (!/^-?[0-9]{1,15}(?:\.[0-9]*)?$/.test(value)) {
    throw new ArchiveError(
      "archive",
      `a pax header has the ${key} "${value.slice(0, 40)}", which is not a number`,
    );
  }
  return Number(value);
}

export function wholeNumber(text: string, what: string): number {
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) {
    throw new ArchiveError(
      "archive",
      `a pax header has the ${what} "${text.slice(0, 40)}", which is not a number`,
    );
  }
  return value;
}

const NAMES = new Set(["path", "linkpath", "GNU.sparse.name"]);
