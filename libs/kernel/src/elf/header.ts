import { slice, startsWith, text, u8, u16, u32, u64 } from "../bytes.ts";

const ELF_MAGIC = "\x7fELF";

/** The names of e_machine (elf.h) that a user may meet, as `uname -m` gives them. */
const machines: Readonly<Record<number, string>> = {
  3: "i386",
  8: "mips",
  20: "ppc",
  21: "ppc64",
  22: "s390x",
  40: "arm",
  62: "x86_64",
  183: "aarch64",
  243: "riscv64",
  258: "loongarch64",
};

export type ElfKind = "relocatable" | "executable" | "shared" | "core" | "other";
const kinds: readonly ElfKind[] = ["other", "relocatable", "executable", "shared", "core"];

/** A table of an ELF file: where it is, how many entries it has and how large one is. */
interface Table {
  readonly offset: number;
  readonly count: number;
  readonly entry: number;
}

export interface ElfHeader {
  /** 64-bit and little-endian: the fields below are read from such files only. */
  readonly readable: boolean;
  readonly kind: ElfKind;
  readonly machine: string;
  readonly programHeaders: Table;
  readonly sectionHeaders: Table;
  readonly sectionNames: number;
}

/** Reads the header (System V ABI, "ELF Header"). Errors: KernelError "cut". */
export function readElfHeader(bytes: Uint8Array): ElfHeader {
  const readable = u8(bytes, 4) === 2 && u8(bytes, 5) === 1;
  const big = u8(bytes, 5) === 2;
  const half = (offset: number) =>
    big ? (u8(bytes, offset) << 8) | u8(bytes, offset + 1) : u16(bytes, offset);
  const none: Table = { offset: 0, count: 0, entry: 0 };
  const number = half(18);
  return {
    readable,
    kind: kinds[half(16)] ?? "other",
    machine: machines[number] ?? `machine ${number}`,
    programHeaders: readable
      ? { offset: u64(bytes, 32), count: u16(bytes, 56), entry: u16(bytes, 54) }
      : none,
    sectionHeaders: readable
      ? { offset: u64(bytes, 40), count: u16(bytes, 60), entry: u16(bytes, 58) }
      : none,
    sectionNames: readable ? u16(bytes, 62) : 0,
  };
}

export const isElf = (bytes: Uint8Array) => startsWith(bytes, ELF_MAGIC);

/** One program header, as PT_LOAD (1), PT_INTERP (3) or PT_NOTE (4) describes a part of the file. */
export interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  readonly address: bigint;
}

export const PT_LOAD = 1;
export const PT_INTERP = 3;
export const PT_NOTE = 4;

/** The program headers; their contents may lie beyond the bytes. Errors: KernelError "cut". */
export function readSegments(bytes: Uint8Array, { programHeaders }: ElfHeader): Segment[] {
  return entries(bytes, programHeaders, 56).map((entry) => ({
    type: u32(entry, 0),
    offset: u64(entry, 8),
    address: (BigInt(u32(entry, 20)) << 32n) | BigInt(u32(entry, 16)),
    size: u64(entry, 32),
  }));
}

export interface Section {
  readonly name: string;
  readonly offset: number;
  /** 0 for a section that takes no place in the file (SHT_NOBITS). */
  readonly size: number;
}

/** The sections with their names, in the order of the file. Errors: KernelError "cut". */
export function readSections(bytes: Uint8Array, header: ElfHeader): Section[] {
  const table = entries(bytes, header.sectionHeaders, 64);
  const names = table[header.sectionNames];
  if (names === undefined) return [];
  const strings = slice(bytes, u64(names, 24), u64(names, 32));
  return table.map((entry) => {
    const start = u32(entry, 0);
    const end = strings.indexOf(0, start);
    return {
      name: end === -1 ? "" : text(strings, start, end - start),
      offset: u64(entry, 24),
      size: u32(entry, 4) === 8 ? 0 : u64(entry, 32),
    };
  });
}

/** The bytes of a section, or undefined when no section has the name. */
export function sectionBytes(
  bytes: Uint8Array,
  sections: readonly Section[],
  name: string,
): Uint8Array | undefined {
  const section = sections.find((candidate) => candidate.name === name);
  return section && slice(bytes, section.offset, section.size);
}

function entries(bytes: Uint8Array, { offset, count, entry }: Table, least: number): Uint8Array[] {
  if (count === 0 || offset === 0 || entry < least) return [];
  const table = slice(bytes, offset, count * entry);
  return Array.from({ length: count }, (_, index) => slice(table, index * entry, least));
}

/** How long a file must be that holds these segments and the header tables. */
export function elfExtent(header: ElfHeader, segments: readonly Segment[]): number {
  const tables = [header.programHeaders, header.sectionHeaders];
  return Math.max(
    64,
    ...tables.map(({ offset, count, entry }) => (count === 0 ? 0 : offset + count * entry)),
    ...segments.map(({ offset, size }) => (size === 0 ? 0 : offset + size)),
  );
}
