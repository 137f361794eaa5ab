import type { Architecture } from "@vimto/linux";
import { elfExtent, isElf, PT_LOAD, readElfHeader, readSegments } from "../elf/header.ts";
import { KernelError, quote } from "../error.ts";
import { readArm64Image, readZboot } from "./arm64.ts";
import { readBzImage } from "./bzimage.ts";
import { interpreted, looksLike } from "./looks-like.ts";

export type KernelFormat = "bzImage" | "ELF vmlinux" | "arm64 Image" | "arm64 EFI zboot";

/** What the first bytes of a kernel file tell. */
export interface KernelImage {
  readonly format: KernelFormat;
  readonly arch: Architecture;
  /** Of a bzImage; other formats have the release somewhere inside. */
  readonly release?: string;
  /** A compressed kernel inside the file. */
  readonly payload?: { readonly offset: number; readonly length: number };
  /** How many bytes of the file are the kernel, when symbols and debug information follow them. */
  readonly needed?: number;
}

/** How many of a file's first bytes `identify` wants; fewer when the file is shorter. */
export { BZIMAGE_HEAD as IDENTIFY_HEAD } from "./bzimage.ts";

/**
 * Tells what kernel a file is, by its first bytes and its size; `wanted` refuses other processors.
 *
 * Errors: KernelError "not-a-kernel", "cut", "corrupt" or "architecture", with `path` in the sentence.
 */
export function identify(
  path: string,
  head: Uint8Array,
  size: number,
  wanted?: Architecture,
): KernelImage {
  const found = recognised(head);
  if (found === undefined) throw notAKernel(path, head);
  if (found.extent > size) throw cut(path, found.extent, size);
  const { arch, extent: _, ...rest } = found;
  if (arch !== "x86_64" && arch !== "aarch64") {
    throw new KernelError(
      "architecture",
      `kernel ${quote(path)} is built for ${arch}; vimto boots kernels for x86_64 and aarch64`,
    );
  }
  if (wanted !== undefined && arch !== wanted) {
    const option = arch === "aarch64" ? "arm64" : "amd64";
    throw new KernelError(
      "architecture",
      `kernel ${quote(path)} is built for ${arch}, but the machine to boot is ${wanted}; name a kernel built for ${wanted}, or give --arch ${option}`,
    );
  }
  return { ...rest, arch };
}

/** Whether a file's first bytes are those of a kernel, of whatever processor. */
export const isKernel = (head: Uint8Array): boolean => recognised(head) !== undefined;

interface Found extends Omit<KernelImage, "arch"> {
  readonly arch: string;
  /** How long the file must be at least. */
  readonly extent: number;
}

function recognised(head: Uint8Array): Found | undefined {
  const bzImage = readBzImage(head);
  if (bzImage !== undefined) {
    const { release, payload, extent } = bzImage;
    return {
      format: "bzImage",
      arch: bzImage.is64Bit ? "x86_64" : "i386",
      ...(release === undefined ? {} : { release }),
      ...(payload === undefined ? {} : { payload }),
      extent,
    };
  }
  const image = readArm64Image(head);
  if (image !== undefined) {
    return { format: "arm64 Image", arch: arm64(image.bigEndian), extent: image.extent };
  }
  const zboot = readZboot(head);
  if (zboot !== undefined) {
    const { payload, machine } = zboot;
    const arch = machine === 0xaa64 ? "aarch64" : `EFI machine 0x${machine.toString(16)}`;
    return { format: "arm64 EFI zboot", arch, payload, extent: payload.offset + payload.length };
  }
  return isElf(head) ? recognisedElf(head) : undefined;
}

const arm64 = (bigEndian: boolean) => (bigEndian ? "big-endian aarch64" : "aarch64");

function recognisedElf(head: Uint8Array): Found | undefined {
  if (head.length < 64) return undefined;
  const header = readElfHeader(head);
  if (header.kind !== "executable" && header.kind !== "shared") return undefined;
  const base = { format: "ELF vmlinux", arch: header.machine } as const;
  if (!header.readable) return { ...base, extent: 64 };
  const { offset, count, entry } = header.programHeaders;
  const table = { ...base, extent: elfExtent(header, []) };
  // A linker puts the program headers right behind the header.
  if (offset + count * entry > head.length) return table;
  const segments = readSegments(head, header);
  if (interpreted(head, header) || !segments.some(({ type }) => type === PT_LOAD)) return undefined;
  const needed = Math.max(64, ...segments.map(({ offset, size }) => offset + size));
  return { ...base, needed, extent: elfExtent(header, segments) };
}

/** The sentence for a file of another kind. `subject` is what of it looks so. */
export function notAKernel(path: string, head: Uint8Array, subject = "it"): KernelError {
  const { what, mend = "name a bzImage, an ELF vmlinux or an arm64 Image" } = looksLike(head);
  return new KernelError(
    "not-a-kernel",
    `kernel ${quote(path)} is not a Linux kernel: ${subject} looks like ${what}; ${mend}`,
  );
}

/** The sentence for a file that is shorter than its headers say. */
export function cut(path: string, extent: number, size: number): KernelError {
  return new KernelError(
    "cut",
    `kernel ${quote(path)} is cut: its headers speak of ${extent} bytes and it has ${size}; build or download it again`,
  );
}
