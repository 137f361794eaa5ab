import { type CpioEntry, contentSize, type HostFile, PATH_MAX, TRAILER } from "./cpio-entry.ts";
import { ordered } from "./cpio-order.ts";

/** A piece of the archive: bytes that are here, or a whole file of the host; `at` is its offset. */
export type Segment =
  | { readonly kind: "bytes"; readonly at: number; readonly bytes: Uint8Array }
  | ({ readonly kind: "file"; readonly at: number } & HostFile);

/** The archive without the bytes of host files: `segments` have no gaps and add up to `size`. */
export type Layout = { readonly segments: readonly Segment[]; readonly size: number };

const HEADER_LENGTH = 110;
const PAGE = 4096;
/** cpio(1) pads an archive to its block size. */
const BLOCK = 512;

const typeBits = {
  file: 0o100000,
  directory: 0o040000,
  symlink: 0o120000,
  "char device": 0o020000,
} as const;

const utf8 = new TextEncoder();

const roundUp = (number: number, multiple: number) => Math.ceil(number / multiple) * multiple;

/**
 * A newc cpio archive for the kernel's initramfs, as pieces in order. The same entries always give
 * the same bytes: those that `cpio -o -H newc --reproducible -R 0:0` writes for files of time 0.
 * Throws CpioError. Format: Documentation/driver-api/early-userspace/buffer-format.rst and
 * init/initramfs.c of the kernel.
 */
export function layout(entries: readonly CpioEntry[]): Layout {
  const segments: Segment[] = [];
  let at = 0;
  const put = (bytes: Uint8Array) => {
    if (bytes.length > 0) segments.push({ kind: "bytes", at, bytes });
    at += bytes.length;
  };
  for (const [ino, entry] of ordered(entries).entries()) {
    put(head(entry, ino, at));
    const content = contentOf(entry);
    if (content instanceof Uint8Array) {
      put(content);
    } else if (content.size > 0) {
      segments.push({ kind: "file", at, ...content });
      at += content.size;
    }
    put(new Uint8Array(roundUp(at, 4) - at));
  }
  put(header({ ino: 0, mode: 0, nlink: 1, size: 0, rdev: [0, 0], path: TRAILER }, at, false));
  put(new Uint8Array(roundUp(at, BLOCK) - at));
  return { segments, size: at };
}

function contentOf(entry: CpioEntry): Uint8Array | HostFile {
  if (entry.type === "file") return entry.content;
  if (entry.type === "symlink") return utf8.encode(entry.target);
  return new Uint8Array(0);
}

function head(entry: CpioEntry, ino: number, at: number): Uint8Array {
  const size = contentSize(contentOf(entry));
  const fields: Fields = {
    ino,
    mode: typeBits[entry.type] | (entry.type === "symlink" ? 0o777 : entry.mode),
    // Above 1 the kernel looks for a hard link, except for directories.
    nlink: entry.type === "directory" ? 2 : 1,
    size,
    rdev: entry.type === "char device" ? [entry.rdev.major, entry.rdev.minor] : [0, 0],
    path: entry.path,
  };
  const pageAligned = entry.type === "file" && entry.pageAligned === true && size > 0;
  return header(fields, at, pageAligned);
}

type Fields = {
  readonly ino: number;
  readonly mode: number;
  readonly nlink: number;
  readonly size: number;
  readonly rdev: readonly [number, number];
  readonly path: string;
};

/**
 * Header, name and padding of an entry that starts at the offset `at`.
 *
 * With `pageAligned` the name field is filled up with NULs so that the content starts on a page.
 * The kernel takes that: it wants the last byte of the field to be a NUL and uses the field as a C
 * string (init/initramfs.c, do_header and do_name; booted with 6.1 and 6.12). The field may not be
 * longer than PATH_MAX, so one offset in a hundred or so cannot be mended: not aligned then.
 */
function header(fields: Fields, at: number, pageAligned: boolean): Uint8Array {
  const name = utf8.encode(fields.path);
  const nameAt = at + HEADER_LENGTH;
  const shortest = name.length + 1;
  const filled = roundUp(nameAt + shortest, PAGE) - nameAt;
  const nameSize = pageAligned && filled <= PATH_MAX ? filled : shortest;
  const numbers = [
    fields.ino,
    fields.mode,
    0, // uid
    0, // gid
    fields.nlink,
    0, // mtime
    fields.size,
    0, // device, major
    0, // device, minor
    fields.rdev[0],
    fields.rdev[1],
    nameSize,
    0, // checksum, which newc does not use
  ];
  const hex = numbers.map((number) => number.toString(16).toUpperCase().padStart(8, "0"));
  const bytes = new Uint8Array(roundUp(nameAt + nameSize, 4) - at);
  bytes.set(utf8.encode(`070701${hex.join("")}`));
  bytes.set(name, HEADER_LENGTH);
  return bytes;
}
