import { aarch64 } from "./aarch64.ts";
import { assembleBefore } from "./assembler.ts";
import type { Program } from "./program.ts";
import type { Architecture } from "./syscalls.ts";
import { x86_64 } from "./x86-64.ts";

export { type WorkingDirectorySentences, workingDirectory } from "./programs/working-directory.ts";

export type GuardErrorCode = "not-elf" | "other-machine" | "movable" | "no-room" | "no-space";

/** An executable that cannot be given a guard; the message says why. */
export class GuardError extends Error {
  override readonly name = "GuardError";
  readonly code: GuardErrorCode;

  constructor(code: GuardErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** System V ABI, "ELF Header" and "Program Header"; include/uapi/linux/elf.h. */
const EHDR = 64;
const PHDR = 56;
const ET_EXEC = 2;
const PT_LOAD = 1;
const PT_NOTE = 4;
const PT_GNU_PROPERTY = 0x6474_e553;
const READ_EXECUTE = 5;
/** The largest page of the two architectures. */
const PAGE = 0x1_0000;
/** Where code that is not made to be moved has to lie: it reaches 2 GiB. */
const HIGHEST = 0x8000_0000;

const targets = {
  x86_64: { emitter: x86_64, machine: 62 },
  aarch64: { emitter: aarch64, machine: 183 },
};

type Header = {
  readonly type: number;
  readonly offset: bigint;
  /** The address behind its last byte in memory. */
  readonly end: number;
  readonly bytes: Uint8Array;
};

/**
 * A copy of an executable that runs `program` before its own entry point, after the dynamic linker.
 * The code comes last in the file and highest in memory, so that nothing else moves; its segment takes
 * the place of a PT_NOTE, which says who made the program and is not read to run it. The section
 * of the notes stays. Throws GuardError.
 */
export function guard(elf: Uint8Array, arch: Architecture, program: Program): Uint8Array {
  const { emitter, machine } = targets[arch];
  const view = new DataView(elf.buffer, elf.byteOffset, elf.byteLength);
  const headers = programHeaders(view, elf, machine, arch);
  const loads = headers.filter(({ type }) => type === PT_LOAD);
  const note = headers.findLast((header) => expendable(header, headers));
  if (note === undefined)
    throw new GuardError(
      "no-room",
      "the executable has no PT_NOTE header that a guard can replace",
    );

  const highest = Math.max(0, ...loads.map(({ end }) => end));
  const entry = Number(view.getBigUint64(24, true));
  const address = pageAbove(highest);
  if (loads.length === 0 || entry >= highest || address + PAGE > HIGHEST)
    throw new GuardError(
      "no-space",
      `the executable ends at 0x${highest.toString(16)} and begins at 0x${entry.toString(16)}: a guard lies above both and below 0x${HIGHEST.toString(16)}`,
    );
  const code = assembleBefore(program, emitter, address, entry);
  if (code.length > PAGE)
    throw new GuardError(
      "no-space",
      `the guard has ${code.length} bytes of code: at most ${PAGE} fit`,
    );
  const offset = pageAbove(elf.length);

  const guarded = new Uint8Array(offset + code.length);
  guarded.set(elf);
  guarded.set(code, offset);
  const out = new DataView(guarded.buffer);
  out.setBigUint64(24, BigInt(address), true);
  // The kernel and the dynamic linker want segments in the order of their addresses.
  const kept = headers.filter((header) => header !== note);
  const last = kept.findLastIndex(({ type }) => type === PT_LOAD);
  const table = kept.map(({ bytes }) => bytes);
  table.splice(last + 1, 0, segment(offset, address, code.length));
  const place = Number(view.getBigUint64(32, true));
  for (const [index, bytes] of table.entries()) guarded.set(bytes, place + index * PHDR);
  return guarded;
}

function programHeaders(
  view: DataView,
  elf: Uint8Array,
  machine: number,
  arch: Architecture,
): readonly Header[] {
  if (view.byteLength < EHDR || view.getUint32(0, false) !== 0x7f45_4c46)
    throw new GuardError("not-elf", "the file is not an ELF executable");
  // EI_CLASS and EI_DATA
  if (view.getUint8(4) !== 2 || view.getUint8(5) !== 1 || view.getUint16(18, true) !== machine)
    throw new GuardError("other-machine", `the executable is not for ${arch}`);
  if (view.getUint16(16, true) !== ET_EXEC)
    throw new GuardError(
      "movable",
      `the executable has type ${view.getUint16(16, true)}: only one with fixed addresses (2) can be guarded`,
    );
  const table = view.getBigUint64(32, true);
  const size = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (size !== PHDR || table + BigInt(size * count) > BigInt(view.byteLength))
    throw new GuardError(
      "not-elf",
      `the executable has ${count} program headers of ${size} bytes at ${table}, but ${view.byteLength} bytes in all`,
    );
  return Array.from({ length: count }, (_, index) => {
    const base = Number(table) + index * PHDR;
    return {
      type: view.getUint32(base, true),
      offset: view.getBigUint64(base + 8, true),
      end: Number(view.getBigUint64(base + 16, true) + view.getBigUint64(base + 40, true)),
      bytes: elf.slice(base, base + PHDR),
    };
  });
}

/** Old dynamic linkers find the properties of a program (branch protection) by its PT_NOTE. */
function expendable(header: Header, headers: readonly Header[]): boolean {
  const property = headers.find(({ type }) => type === PT_GNU_PROPERTY);
  return header.type === PT_NOTE && header.offset !== property?.offset;
}

function segment(offset: number, address: number, size: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(PHDR));
  view.setUint32(0, PT_LOAD, true);
  view.setUint32(4, READ_EXECUTE, true);
  for (const [field, value] of [offset, address, address, size, size, PAGE].entries())
    view.setBigUint64(8 + field * 8, BigInt(value), true);
  return new Uint8Array(view.buffer);
}

function pageAbove(place: number): number {
  return Math.ceil(place / PAGE) * PAGE;
}
