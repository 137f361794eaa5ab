import type { Architecture } from "@vimto/linux";

/** Where the two segments of every program are mapped. */
export const TEXT = 0x40_0000;
export const DATA = 0x60_0000;

const PAGE = 0x1_0000;
const EHDR = 64;
const PHDR = 56;
const HEADERS = EHDR + 3 * PHDR;

const machine: Record<Architecture, number> = { x86_64: 62, aarch64: 183 };

/** Where the code of a program begins in memory. */
export const ENTRY = TEXT + HEADERS;

/**
 * A static ELF executable (System V ABI, "Program Header"): headers and code readable and executable,
 * data readable and writable, a stack that is not executable. `memory` is the size of the data segment
 * in bytes, of which `data` is the beginning.
 */
export function elf(
  arch: Architecture,
  code: Uint8Array,
  data: Uint8Array,
  memory: number,
): Uint8Array {
  const textSize = HEADERS + code.length;
  // The file offset and the address of a segment agree modulo its alignment.
  const dataOffset = (textSize + 15) & ~15;
  const file = new Uint8Array(dataOffset + data.length);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, machine[arch], true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(ENTRY), true);
  view.setBigUint64(32, BigInt(EHDR), true);
  view.setUint16(52, EHDR, true);
  view.setUint16(54, PHDR, true);
  view.setUint16(56, 3, true);
  view.setUint16(58, 64, true);

  const segment = (
    index: number,
    type: number,
    flags: number,
    offset: number,
    address: number,
    fileSize: number,
    memorySize: number,
    align: number,
  ) => {
    const base = EHDR + index * PHDR;
    view.setUint32(base, type, true);
    view.setUint32(base + 4, flags, true);
    for (const [field, value] of [offset, address, address, fileSize, memorySize, align].entries())
      view.setBigUint64(base + 8 + field * 8, BigInt(value), true);
  };
  const PT_LOAD = 1;
  const PT_GNU_STACK = 0x6474_e551;
  segment(0, PT_LOAD, 5, 0, TEXT, textSize, textSize, PAGE);
  segment(1, PT_LOAD, 6, dataOffset, dataAddress(code.length), data.length, memory, PAGE);
  segment(2, PT_GNU_STACK, 6, 0, 0, 0, 0, 16);
  file.set(code, HEADERS);
  file.set(data, dataOffset);
  return file;
}

/** The address of the data segment, which depends on the amount of code before it in the file. */
export function dataAddress(codeSize: number): number {
  return DATA + ((HEADERS + codeSize + 15) & ~15);
}
