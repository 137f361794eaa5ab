import { closeSync, openSync, readSync } from "node:fs";
import type { Cache } from "../cache/cache.ts";
import { writeAll } from "../cache/nameless.ts";

const EHDR = 64;
const PHDR = 56;
const ENTRY = 0x100_0000;
const PAGE = 0x1000;
/** xen/include/public/elfnote.h: the entry point in 32-bit mode, by which QEMU knows a PVH kernel. */
const XEN_ELFNOTE_PHYS32_ENTRY = 18;
const PT_LOAD = 1;
const PT_NOTE = 4;
const EM_X86_64 = 62;
const HLT = 0xf4;

/**
 * A PVH kernel of one instruction, to stand in for the real one when a machine resumes: QEMU then wires the
 * same boot ROM, which is part of the machine's state, and does not read and keep tens of MB that the
 * saved memory replaces at once (hw/i386/x86.c, load_elfboot).
 */
function bootStub(): Uint8Array {
  const note = new Uint8Array(20);
  const noteView = new DataView(note.buffer);
  for (const [index, word] of [4, 4, XEN_ELFNOTE_PHYS32_ENTRY].entries())
    noteView.setUint32(4 * index, word, true);
  note.set(new TextEncoder().encode("Xen\0"), 12);
  noteView.setUint32(16, ENTRY, true);

  const file = new Uint8Array(PAGE + 1);
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, EM_X86_64, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(ENTRY), true);
  view.setBigUint64(32, BigInt(EHDR), true);
  view.setUint16(52, EHDR, true);
  view.setUint16(54, PHDR, true);
  view.setUint16(56, 2, true);
  const noteOffset = EHDR + 2 * PHDR;
  const header = (index: number, type: number, flags: number, fields: readonly number[]) => {
    const place = EHDR + index * PHDR;
    view.setUint32(place, type, true);
    view.setUint32(place + 4, flags, true);
    for (const [field, value] of fields.entries())
      view.setBigUint64(place + 8 + 8 * field, BigInt(value), true);
  };
  header(0, PT_LOAD, 5, [PAGE, ENTRY, ENTRY, 1, 1, PAGE]);
  header(1, PT_NOTE, 4, [noteOffset, 0, 0, note.length, note.length, 4]);
  file.set(note, noteOffset);
  file[PAGE] = HLT;
  return file;
}

/** The file to name as the kernel of a machine that resumes: the stub if `kernel` is such an ELF file. */
export async function kernelToResume(cache: Cache, kernel: string): Promise<string> {
  const fd = openSync(kernel, "r");
  try {
    const head = Buffer.alloc(20);
    readSync(fd, head, 0, head.length, 0);
    if (head.readUInt32BE(0) !== 0x7f454c46 || head.readUInt16LE(18) !== EM_X86_64) return kernel;
  } finally {
    closeSync(fd);
  }
  return cache.file("kernels/stub.elf", (file) => writeAll(file, bootStub()));
}
