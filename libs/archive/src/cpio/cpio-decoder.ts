import { type ByteString, fromBytes, shown } from "../byte-string.ts";
import { ArchiveError } from "../error.ts";
import { PushReader, type Reader } from "../push-reader.ts";
import type { TarEntry, TarSink } from "../tar/tar-archive.ts";

const HEADER = 110;
/** include/uapi/linux/limits.h; a name or a target has at most this, its NUL included. */
const PATH_MAX = 4096;
const TRAILER = "TRAILER!!!";

type Header = {
  readonly inode: number;
  readonly mode: number;
  readonly links: number;
  readonly mtime: number;
  readonly size: number;
  readonly device: string;
  readonly nameSize: number;
};

/** File types of a mode (include/uapi/linux/stat.h, S_IFMT). */
const KINDS: Readonly<Record<number, TarEntry["kind"]>> = {
  4: "directory",
  8: "file",
  10: "symlink",
};

/**
 * Reads a cpio archive in the formats newc and crc that comes in chunks of any size, such as the payload
 * of an .rpm (buffer-format.rst of the kernel, "initramfs buffer format"; checksums are not looked at).
 * The sink hears of it as of a tar archive; devices, FIFOs and sockets are of the kind "device".
 */
export class CpioDecoder extends PushReader {
  constructor(sink: TarSink) {
    super(readCpio(sink), "cpio");
  }
}

function* readCpio(sink: TarSink): Reader<void> {
  /** Names of a file with several, whose data come with the last one. */
  const waiting = new Map<string, TarEntry[]>();
  for (;;) {
    const header = readHeader(yield { bytes: HEADER, whole: true });
    const name = yield* readText(header.nameSize, HEADER, "a header");
    if (name === TRAILER) break;
    const kind = KINDS[header.mode >> 12] ?? "device";
    const entry = {
      kind,
      name,
      link: kind === "symlink" ? yield* readText(header.size, 0, name) : "",
      mode: header.mode & 0o7777,
      size: kind === "file" ? header.size : 0,
      mtime: header.mtime,
    };
    if (kind !== "file") {
      if (kind !== "symlink") yield* skip(header.size, name);
      put(sink, entry);
      continue;
    }
    const key = `${header.device} ${header.inode}`;
    const earlier = header.links > 1 ? (waiting.get(key) ?? []) : [];
    if (header.links > 1 && header.size === 0) {
      waiting.set(key, [...earlier, entry]);
      continue;
    }
    yield* readFile(entry, sink);
    waiting.delete(key);
    for (const other of earlier) put(sink, { ...other, kind: "hardlink", link: name });
  }
  for (const [first, ...others] of waiting.values()) {
    if (first === undefined) continue;
    put(sink, first);
    for (const other of others) put(sink, { ...other, kind: "hardlink", link: first.name });
  }
}

function put(sink: TarSink, entry: TarEntry): void {
  sink.entry(entry);
  sink.close();
}

function* readFile(entry: TarEntry, sink: TarSink): Reader<void> {
  sink.entry(entry);
  for (let done = 0; done < entry.size; ) {
    const piece = yield { bytes: entry.size - done, whole: false, inside: entry.name };
    sink.data(piece, done);
    done += piece.length;
  }
  yield* skip(padding(entry.size), entry.name);
  sink.close();
}

/** A name or a target, up to its NUL, and the padding behind it; `before` bytes came in front. */
function* readText(size: number, before: number, inside: ByteString): Reader<ByteString> {
  if (size > PATH_MAX) {
    throw new ArchiveError(
      "limit",
      `a cpio header has a name of ${size} bytes: ${PATH_MAX} is the most`,
    );
  }
  if (size === 0) return "";
  const text = fromBytes(yield { bytes: size, whole: true, inside }).split("\0", 1)[0] ?? "";
  yield* skip(padding(before + size), inside);
  return text;
}

function* skip(bytes: number, inside: ByteString): Reader<void> {
  for (let left = bytes; left > 0; ) left -= (yield { bytes: left, whole: false, inside }).length;
}

const padding = (size: number) => (4 - (size % 4)) % 4;

function readHeader(bytes: Uint8Array): Header {
  const text = fromBytes(bytes);
  if (!/^07070[12][0-9A-Fa-f]{104}$/.test(text)) {
    throw new ArchiveError(
      "archive",
      `"${shown(text.slice(0, 6))}" does not begin an entry of a cpio archive`,
    );
  }
  const field = (index: number) => Number.parseInt(text.slice(6 + index * 8, 14 + index * 8), 16);
  return {
    inode: field(0),
    mode: field(1),
    links: field(4),
    mtime: field(5),
    size: field(6),
    device: `${field(7)}:${field(8)}`,
    nameSize: field(11),
  };
}
