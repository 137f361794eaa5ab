import { cString, startsWith, u8, u16, u32 } from "../bytes.ts";

/** The setup header of a bzImage (kernel's Documentation/arch/x86/boot.rst), as far as it matters. */
export interface BzImage {
  /** "6.1.0-56-amd64": the first word of what the header says. */
  readonly release: string | undefined;
  /** Whether the kernel itself runs in 64-bit mode. */
  readonly is64Bit: boolean;
  /** How long the file must be at least. */
  readonly extent: number;
  /** The compressed kernel in the file; before boot protocol 2.08 nothing says where it is. */
  readonly payload: { readonly offset: number; readonly length: number } | undefined;
}

/** The most bytes of a file that `readBzImage` reads. */
export const BZIMAGE_HEAD = 128 * 1024;

const HEADER_END = 0x268;
const XLF_KERNEL_64 = 1;
/** Directories are named after it: a text with a slash is no release. */
const RELEASE = /^\d[^\s/]*(?!\S)/;

/** Reads the header from a file's first bytes; undefined when they are not a bzImage's. */
export function readBzImage(head: Uint8Array): BzImage | undefined {
  if (head.length < HEADER_END || u16(head, 0x1fe) !== 0xaa55) return undefined;
  if (!startsWith(head, "HdrS", 0x202)) return undefined;
  const protocol = u16(head, 0x206);
  const setup = ((u8(head, 0x1f1) || 4) + 1) * 512;
  const protectedSize = u32(head, 0x1f4) * 16;
  const payload =
    protocol < 0x208 ? undefined : { offset: setup + u32(head, 0x248), length: u32(head, 0x24c) };
  const pointer = u16(head, 0x20e);
  const version = pointer === 0 ? undefined : cString(head, pointer + 0x200, 512);
  return {
    release: RELEASE.exec(version ?? "")?.[0],
    is64Bit: protocol < 0x20c || (u16(head, 0x236) & XLF_KERNEL_64) !== 0,
    // The size is in units of 16 bytes, rounded up.
    extent: Math.max(
      setup + Math.max(0, protectedSize - 15),
      payload === undefined ? 0 : payload.offset + payload.length,
    ),
    payload,
  };
}
