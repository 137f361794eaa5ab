import { cString, startsWith, u8, u32, u64 } from "../bytes.ts";
import { peSections } from "./pe.ts";

/** The header of an arm64 Image (kernel's Documentation/arch/arm64/booting.rst). */
export interface Arm64Image {
  readonly bigEndian: boolean;
  /** How long the file must be at least, as far as its PE header tells. */
  readonly extent: number;
}

/** Reads the header from a file's first bytes; undefined when they are not an Image's. */
export function readArm64Image(head: Uint8Array): Arm64Image | undefined {
  if (head.length < 64 || !startsWith(head, "ARM\x64", 56)) return undefined;
  return { bigEndian: u64(head, 24) % 2 === 1, extent: peExtent(head) };
}

/**
 * Where the last section ends in the file. The Image header does not tell: its size counts memory
 * that is not in the file (arch/arm64/kernel/efi-header.S).
 */
const peExtent = (head: Uint8Array): number =>
  Math.max(64, ...peSections(head).map(({ offset, fileSize }) => offset + fileSize));

/** A kernel that unpacks itself by EFI services (drivers/firmware/efi/libstub/zboot-header.S). */
export interface ZbootImage {
  /** "gzip" or "zstd", as the header names it. */
  readonly compression: string;
  readonly payload: { readonly offset: number; readonly length: number };
  /** Of the processor in its PE header, 0xaa64 for arm64. */
  readonly machine: number;
}

/** Reads the header from a file's first bytes; undefined when they are not of this kind. */
export function readZboot(head: Uint8Array): ZbootImage | undefined {
  if (head.length < 64 || !startsWith(head, "MZ") || !startsWith(head, "zimg", 4)) return undefined;
  const pe = u32(head, 60);
  const machine = pe + 6 <= head.length ? u8(head, pe + 4) | (u8(head, pe + 5) << 8) : 0;
  return {
    compression: cString(head, 24, 32) ?? "",
    payload: { offset: u32(head, 8), length: u32(head, 12) },
    machine,
  };
}
