import {
  CodecError,
  type Compression,
  compressionOf,
  decompress,
  decompressTo,
} from "@vimto/codec";
import { slice, u32 } from "../bytes.ts";
import { elfExtent, isElf, PT_LOAD, readElfHeader, readSegments } from "../elf/header.ts";
import { KernelError } from "../error.ts";
import { readArm64Image } from "./arm64.ts";
import type { KernelImage } from "./identify.ts";

/** A kernel without compression: what QEMU boots fastest, and what facts are read from. */
export interface PlainKernel {
  readonly format: "ELF vmlinux" | "arm64 Image";
  readonly bytes: Uint8Array;
  readonly compression: Compression | "none";
}

/** Why it is missing; completes "it cannot be unpacked: ...". The file itself may boot all the same. */
export interface NotUnpacked {
  readonly reason: string;
}

/** No kernel comes near; a header that claims more is damaged. */
const MOST = 512 * 2 ** 20;

/**
 * Unpacks a kernel from the bytes of its file (`image.needed` of them, or all).
 *
 * A bzImage's payload is the compressed vmlinux; its last 4 bytes are the unpacked size, which gzip writes
 * itself and the kernel's build appends for other formats (scripts/Makefile.lib, size_append).
 */
export function unpackKernel(image: KernelImage, bytes: Uint8Array): PlainKernel | NotUnpacked {
  try {
    return unpacked(image, bytes);
  } catch (error) {
    if (error instanceof KernelError || error instanceof CodecError) {
      return { reason: error.message };
    }
    throw error;
  }
}

function unpacked(image: KernelImage, bytes: Uint8Array): PlainKernel | NotUnpacked {
  switch (image.format) {
    case "bzImage":
      return unpackedBzImage(image, bytes);
    case "arm64 EFI zboot":
      return unpackedZboot(image, bytes);
    case "arm64 Image":
      return { format: "arm64 Image", bytes, compression: "none" };
    case "ELF vmlinux":
      return image.arch === "aarch64"
        ? flattened(bytes)
        : { format: "ELF vmlinux", bytes, compression: "none" };
  }
}

function unpackedBzImage({ payload }: KernelImage, bytes: Uint8Array): PlainKernel | NotUnpacked {
  if (payload === undefined) return { reason: "its boot protocol is older than 2.08" };
  const data = slice(bytes, payload.offset, payload.length);
  const compression = compressionOf(data);
  if (compression === undefined || data.length < 8) {
    return { reason: "its payload is not compressed in a known way" };
  }
  const size = u32(data, data.length - 4);
  if (size > MOST) return { reason: `it claims to be ${size} bytes large` };
  const vmlinux = decompressTo(
    compression,
    compression === "gzip" ? data : data.subarray(0, -4),
    size,
  );
  return checkedVmlinux(vmlinux, compression);
}

function checkedVmlinux(bytes: Uint8Array, compression: Compression): PlainKernel | NotUnpacked {
  if (!isElf(bytes)) return { reason: "its payload is no ELF file" };
  const header = readElfHeader(bytes);
  const segments = readSegments(bytes, header);
  if (header.machine !== "x86_64" || !segments.some(({ type }) => type === PT_LOAD)) {
    return { reason: "its payload is no x86-64 kernel" };
  }
  if (elfExtent(header, segments) > bytes.length)
    return { reason: "its payload is a cut ELF file" };
  return { format: "ELF vmlinux", bytes, compression };
}

function unpackedZboot({ payload }: KernelImage, bytes: Uint8Array): PlainKernel | NotUnpacked {
  if (payload === undefined) return { reason: "it names no payload" };
  const data = slice(bytes, payload.offset, payload.length);
  const compression = compressionOf(data);
  if (compression === undefined) return { reason: "its payload is not compressed in a known way" };
  return checkedImage(decompress(compression, data, MOST), compression);
}

function checkedImage(bytes: Uint8Array, compression: Compression): PlainKernel | NotUnpacked {
  if (readArm64Image(bytes) === undefined) return { reason: "its payload is no arm64 Image" };
  return { format: "arm64 Image", bytes, compression };
}

/**
 * An arm64 vmlinux as its build makes the Image of it (`objcopy -O binary`): the segments, each at
 * its place in memory. QEMU boots no arm64 vmlinux, whose addresses are virtual ones.
 */
function flattened(bytes: Uint8Array): PlainKernel | NotUnpacked {
  const loaded = readSegments(bytes, readElfHeader(bytes))
    .filter(({ type, size }) => type === PT_LOAD && size > 0)
    .sort((a, b) => (a.address < b.address ? -1 : 1));
  const start = loaded[0]?.address ?? 0n;
  const placed = loaded.map(({ address, offset, size }) => ({
    at: Number(address - start),
    part: slice(bytes, offset, size),
  }));
  const length = Math.max(0, ...placed.map(({ at, part }) => at + part.length));
  if (length > MOST) return { reason: `its segments span ${length} bytes` };
  const image = new Uint8Array(length);
  for (const { at, part } of placed) image.set(part, at);
  return readArm64Image(image) === undefined
    ? { reason: "it does not begin with the header of an arm64 Image" }
    : { format: "arm64 Image", bytes: image, compression: "none" };
}
