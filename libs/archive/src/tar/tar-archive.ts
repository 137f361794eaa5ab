import { type ByteString, fromBytes, shown } from "../byte-string.ts";
import { ArchiveError } from "../error.ts";
import type { Reader } from "../push-reader.ts";
import {
  checkSparse,
  type Extent,
  paxSparseMap,
  readDataMap,
  readGnuExtents,
  type SparseMap,
} from "./sparse.ts";
import { BLOCK, number, readHeader, type TarHeader } from "./tar-header.ts";
import { type PaxRecords, paxSize, paxTime, paxValue, readPax } from "./tar-pax.ts";

export type TarEntry = {
  readonly kind: "file" | "hardlink" | "symlink" | "directory" | "device";
  /** As written, with whatever slashes it has. */
  readonly name: ByteString;
  readonly link: ByteString;
  readonly mode: number;
  /** Bytes of the file once unpacked, holes included; 0 for all else. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
};

/** Hears what is in an archive: entry, and for a file its data with their place in it, then close. */
export type TarSink = {
  entry(entry: TarEntry): void;
  data(bytes: Uint8Array, offset: number): void;
  close(): void;
};

/** What extended headers said about the entry that follows them. */
type Overrides = {
  readonly pax: PaxRecords;
  readonly name: ByteString | undefined;
  readonly link: ByteString | undefined;
};

const KINDS: Readonly<Record<string, TarEntry["kind"]>> = {
  "\0": "file",
  "0": "file",
  "7": "file",
  S: "file",
  "1": "hardlink",
  "2": "symlink",
  "3": "device",
  "4": "device",
  "5": "directory",
  "6": "device",
};

const NOTHING: Overrides = { pax: [], name: undefined, link: undefined };

/** Walks an archive, asking for its bytes one want at a time. */
export function* readArchive(sink: TarSink, headerBytes: number): Reader<void> {
  let global: PaxRecords = [];
  let said = NOTHING;
  for (;;) {
    const block = Uint8Array.from(yield { bytes: BLOCK, whole: true, mayEnd: said === NOTHING });
    const header = readHeader(block);
    if (header === undefined) return yield* readEnd(said);
    switch (header.type) {
      case "g":
        global = limitedRecords(
          [...global, ...readPax(yield* readMeta(header, headerBytes))],
          headerBytes,
        );
        break;
      case "x":
        said = { ...said, pax: readPax(yield* readMeta(header, headerBytes)) };
        break;
      case "L":
        said = { ...said, name: upToNul(yield* readMeta(header, headerBytes)) };
        break;
      case "K":
        said = { ...said, link: upToNul(yield* readMeta(header, headerBytes)) };
        break;
      case "V": // the archive's label
        yield* skip(header.size + padding(header.size), header.name);
        break;
      default:
        yield* readEntry(
          header,
          block,
          { ...said, pax: [...global, ...said.pax] },
          sink,
          headerBytes,
        );
        said = NOTHING;
    }
  }
}

/** Two blocks of zeros close an archive; one with nothing behind it is taken for two, as tar does. */
function* readEnd(said: Overrides): Reader<void> {
  if (said !== NOTHING) throw new ArchiveError("archive", "the tar archive ends inside a header");
  const second = yield { bytes: BLOCK, whole: true, mayEnd: true };
  if (!second.every((byte) => byte === 0)) {
    throw new ArchiveError("archive", "the tar archive has a block of zeros between its entries");
  }
}

function* readEntry(
  header: TarHeader,
  block: Uint8Array,
  said: Overrides,
  sink: TarSink,
  headerBytes: number,
): Reader<void> {
  const { pax } = said;
  const name =
    paxValue(pax, "GNU.sparse.name") ?? paxValue(pax, "path") ?? said.name ?? header.name;
  const kind = header.type === "\0" && name.endsWith("/") ? "directory" : KINDS[header.type];
  if (kind === undefined) {
    const type = JSON.stringify(header.type);
    throw new ArchiveError(
      "archive",
      `tar entry "${shown(name)}" has the type ${type}, which is not known`,
    );
  }
  const entry = {
    kind,
    name,
    link: paxValue(pax, "linkpath") ?? said.link ?? header.link,
    mode: header.mode & 0o7777,
    mtime: paxTime(pax, "mtime") ?? header.mtime,
  };
  // All but files have no data whatever their size says (Go, archive/tar, isHeaderOnlyType).
  if (kind !== "file") {
    sink.entry({ ...entry, size: 0 });
    sink.close();
    return;
  }
  const packed = paxSize(pax, "size") ?? header.size;
  const sparse = yield* readSparseMap(header, block, pax, packed, name, headerBytes);
  const stored = packed - sparse.mapBytes;
  const map = sparse.map ?? { size: stored, extents: [{ offset: 0, size: stored }] };
  checkSparse(map, stored);
  sink.entry({ ...entry, size: map.size });
  for (const extent of map.extents) yield* readData(extent, sink, name);
  yield* skip(padding(packed), name);
  sink.close();
}

function* readData(extent: Extent, sink: TarSink, inside: ByteString): Reader<void> {
  for (let done = 0; done < extent.size; ) {
    const piece = yield { bytes: extent.size - done, whole: false, inside };
    sink.data(piece, extent.offset + done);
    done += piece.length;
  }
}

/** The map of a sparse file, and how many bytes of the entry's data it took up. */
function* readSparseMap(
  header: TarHeader,
  block: Uint8Array,
  pax: PaxRecords,
  packed: number,
  name: ByteString,
  headerBytes: number,
): Reader<{ map: SparseMap | undefined; mapBytes: number }> {
  if (header.type === "S") return { map: yield* readGnuMap(block, name, headerBytes), mapBytes: 0 };
  const size = paxSize(pax, "GNU.sparse.realsize");
  if (paxValue(pax, "GNU.sparse.major") !== "1" || size === undefined) {
    return { map: paxSparseMap(pax), mapBytes: 0 };
  }
  let text = "";
  let extents: Extent[] | undefined;
  for (let lines = 0, needed = 1; extents === undefined; ) {
    if (text.length >= Math.min(packed, headerBytes)) {
      throw new ArchiveError("archive", `the sparse map of "${shown(name)}" does not end`);
    }
    const part = fromBytes(yield { bytes: BLOCK, whole: true, inside: name });
    text += part;
    lines += part.split("\n").length - 1;
    if (lines < needed) continue;
    extents = readDataMap(text);
    needed = 1 + 2 * Number.parseInt(text, 10);
  }
  return { map: { size, extents }, mapBytes: text.length };
}

function* readGnuMap(
  block: Uint8Array,
  inside: ByteString,
  headerBytes: number,
): Reader<SparseMap> {
  const extents = readGnuExtents(block, 386, 4);
  let more = block[482] !== 0;
  for (let bytes = 0; more; bytes += BLOCK) {
    if (bytes > headerBytes) {
      throw new ArchiveError("archive", `the sparse map of "${shown(inside)}" does not end`);
    }
    const next = yield { bytes: BLOCK, whole: true, inside };
    extents.push(...readGnuExtents(next, 0, 21));
    more = next[504] !== 0;
  }
  return { size: number(block, 483, 12, "size"), extents };
}

/** The data of a header about a header. */
function* readMeta(header: TarHeader, headerBytes: number): Reader<Uint8Array> {
  if (header.size > headerBytes) {
    throw new ArchiveError(
      "limit",
      `a tar header of ${header.size} bytes is longer than ${headerBytes} bytes`,
    );
  }
  if (header.size === 0) return new Uint8Array(0);
  const bytes = Uint8Array.from(yield { bytes: header.size, whole: true });
  yield* skip(padding(header.size), header.name);
  return bytes;
}

function* skip(bytes: number, inside: ByteString): Reader<void> {
  for (let left = bytes; left > 0; ) left -= (yield { bytes: left, whole: false, inside }).length;
}

function limitedRecords(records: PaxRecords, headerBytes: number): PaxRecords {
  const bytes = records.reduce((sum, [key, value]) => sum + key.length + value.length, 0);
  if (bytes <= headerBytes) return records;
  throw new ArchiveError(
    "limit",
    `the tar archive has global headers of more than ${headerBytes} bytes`,
  );
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function upToNul(bytes: Uint8Array): ByteString {
  return fromBytes(bytes).split("\0", 1)[0] ?? "";
}
