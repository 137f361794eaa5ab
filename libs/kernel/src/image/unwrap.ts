import {
  CodecError,
  type Compression,
  compressionOf,
  decompress,
  decompressHead,
} from "@vimto/codec";
import { KernelError, quote } from "../error.ts";
import { cut, IDENTIFY_HEAD, isKernel, notAKernel } from "./identify.ts";
import { peSections } from "./pe.ts";
import type { OpenFile } from "./read.ts";

/** What a kernel's file may be packed with, or `UKI` for a PE file that carries it in a section. */
export const wrappings = ["gzip", "xz", "zstd", "lz4", "UKI"] as const;
export type Wrapping = (typeof wrappings)[number];

export interface Unwrapped {
  /** The kernel as a file of its own. */
  readonly file: OpenFile;
  /** Its first bytes. */
  readonly head: Uint8Array;
  /** What was around it, outermost first; empty for a file that is a kernel. */
  readonly wrappings: readonly Wrapping[];
  /** All bytes of a kernel that was wrapped. */
  readonly taken: Uint8Array | undefined;
}

/** A packed UKI with a packed kernel in it has three. */
const MOST_WRAPPINGS = 4;
/** With debug information a vmlinux takes some hundred MiB. */
const MOST = 2 ** 30;
/** A file with fewer bytes is not rejected by its first bytes. */
const JUDGED = 4096;
/** Enough of a packed file for `IDENTIFY_HEAD` unpacked bytes: a block of zstd or LZMA2 is no longer. */
const PACKED_HEAD = 2 ** 20;

/**
 * Takes a kernel out of its wrappings: the compression of the whole file, and a unified kernel image, which is
 * a PE file with a kernel in its section .linux (UAPI specification "Unified Kernel Image"). A file that is a
 * kernel comes back as it is.
 *
 * Errors: KernelError "corrupt", "cut" or "not-a-kernel".
 */
export function unwrap(file: OpenFile): Unwrapped {
  const around: Wrapping[] = [];
  let inner = file;
  let taken: Uint8Array | undefined;
  for (;;) {
    const head = inner.read(0, IDENTIFY_HEAD);
    if (isKernel(head)) return { file: inner, head, wrappings: around, taken };
    const peeled = around.length === MOST_WRAPPINGS ? undefined : peel(inner, head);
    if (peeled === undefined) {
      throw notAKernel(file.path, head, around.length === 0 ? "it" : inside(around));
    }
    around.push(peeled.wrapping);
    taken = peeled.bytes;
    inner = inMemory(file.path, peeled.bytes);
  }
}

interface Peeled {
  readonly wrapping: Wrapping;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

function peel(file: OpenFile, head: Uint8Array): Peeled | undefined {
  const section = peSections(head).find(({ name }) => name === ".linux");
  if (section !== undefined) {
    demandSize(file.path, section.length, "its section .linux");
    const end = section.offset + section.length;
    if (end > file.size) throw cut(file.path, end, file.size);
    return { wrapping: "UKI", bytes: file.read(section.offset, section.length) };
  }
  const compression = compressionOf(head);
  if (compression === undefined || !isWrapping(compression)) return undefined;
  demandPackedKernel(file, compression);
  demandSize(file.path, file.size, "it");
  return { wrapping: compression, bytes: unpacked(file, compression) };
}

const isWrapping = (compression: Compression): compression is Exclude<Wrapping, "UKI"> =>
  wrappings.some((wrapping) => wrapping === compression);

/** Refuses large files of other kinds by their first bytes: a packed disk image need not be unpacked to be refused. */
function demandPackedKernel(file: OpenFile, compression: Exclude<Wrapping, "UKI">): void {
  const head = decompressHead(compression, file.read(0, PACKED_HEAD), IDENTIFY_HEAD);
  if (head.length < JUDGED || isKernel(head) || compressionOf(head) !== undefined) return;
  if (peSections(head).some(({ name }) => name === ".linux")) return;
  throw notAKernel(file.path, head, inside([compression]));
}

/** Refuses files that must not be read into memory. */
function demandSize(path: string, size: number, subject: string): void {
  if (size <= MOST) return;
  throw new KernelError(
    "not-a-kernel",
    `kernel ${quote(path)} is not a Linux kernel: ${subject} is ${size} bytes large, more than ${MOST}; name a bzImage, an ELF vmlinux or an arm64 Image`,
  );
}

function unpacked(file: OpenFile, compression: Compression): Uint8Array<ArrayBuffer> {
  try {
    return decompress(compression, file.read(0, file.size), MOST);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw notUnpacked(file.path, error.message);
  }
}

/** The sentence for a kernel that cannot be unpacked. */
export const notUnpacked = (path: string, reason: string) =>
  new KernelError(
    "corrupt",
    `kernel ${quote(path)} cannot be unpacked: ${reason}; build or download it again`,
  );

/** The subject of a sentence about the inner kernel: "unpacked by xz, it", "its section .linux". */
function inside(around: readonly Wrapping[]): string {
  const packed = around.at(-1);
  return packed === "UKI" ? "its section .linux" : `unpacked by ${packed}, it`;
}

const inMemory = (path: string, bytes: Uint8Array<ArrayBuffer>): OpenFile => ({
  path,
  size: bytes.length,
  read: (offset, length) => bytes.subarray(offset, offset + length),
});
