import { slice, startsWith, u16, u32 } from "../bytes.ts";

/** A section of a PE file (Microsoft's "PE Format", "Section Table"). */
export interface PeSection {
  readonly name: string;
  readonly offset: number;
  /** Bytes in the file. */
  readonly fileSize: number;
  /** The same without the padding to a whole block. */
  readonly length: number;
}

/** The sections that a PE file's first bytes name, as far as the table is within them; empty for other files. */
export function peSections(head: Uint8Array): PeSection[] {
  const at = head.length < 64 || !startsWith(head, "MZ") ? head.length : u32(head, 60);
  if (at + 24 > head.length || !startsWith(head, "PE\0\0", at)) return [];
  const table = at + 24 + u16(head, at + 20);
  const sections: PeSection[] = [];
  for (let index = 0; index < u16(head, at + 6); index++) {
    const section = table + index * 40;
    if (section + 40 > head.length) break;
    const name = Buffer.from(slice(head, section, 8))
      .toString("latin1")
      .replace(/\0.*/s, "");
    const used = u32(head, section + 8);
    const fileSize = u32(head, section + 16);
    const length = used === 0 ? fileSize : Math.min(used, fileSize);
    sections.push({ name, offset: u32(head, section + 20), fileSize, length });
  }
  return sections;
}
