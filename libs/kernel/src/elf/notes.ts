import { slice, u32 } from "../bytes.ts";
import { PT_NOTE, type Segment } from "./header.ts";

/** XEN_ELFNOTE_PHYS32_ENTRY (include/xen/interface/elfnote.h): where to enter by PVH. */
const PHYS32_ENTRY = 18;

/**
 * Whether a kernel can be booted as it is by QEMU's x86 machines: they look for this note alone
 * (docs/specs in QEMU's source: "pvh"; hw/i386/x86.c refuses an ELF kernel without it).
 */
export function hasPvhNote(bytes: Uint8Array, segments: readonly Segment[]): boolean {
  return segments.some(
    ({ type, offset, size }) =>
      type === PT_NOTE && noteTypes(slice(bytes, offset, size)).includes(PHYS32_ENTRY),
  );
}

/** The types of the notes that Xen defined, up to the first cut note. */
function noteTypes(notes: Uint8Array): number[] {
  const types: number[] = [];
  for (let at = 0; at + 12 <= notes.length; ) {
    const nameSize = u32(notes, at);
    const valueSize = u32(notes, at + 4);
    const end = at + 12 + aligned(nameSize) + aligned(valueSize);
    if (end > notes.length) break;
    const name = Buffer.from(slice(notes, at + 12, nameSize)).toString("latin1");
    if (name === "Xen\0") types.push(u32(notes, at + 8));
    at = end;
  }
  return types;
}

const aligned = (size: number) => Math.ceil(size / 4) * 4;
