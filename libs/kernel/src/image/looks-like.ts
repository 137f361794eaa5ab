import { startsWith, u8 } from "../bytes.ts";
import { isElf, PT_INTERP, readElfHeader, readSegments } from "../elf/header.ts";

/** A kind of file that is no kernel, and what its owner probably wants to do with it. */
export interface Lookalike {
  /** "a gzip file": completes "it looks like ...". */
  readonly what: string;
  readonly mend?: string;
}

const unpack = "unpack it and name what was in it";
const inPlace = "name the package itself";

/** Magic numbers at a place, in the order they are tried. */
const magics: readonly (readonly [at: number, magic: string, kind: Lookalike])[] = [
  [0, "\x1f\x8b", { what: "a gzip file", mend: unpack }],
  [0, "\xfd7zXZ\0", { what: "an xz file", mend: unpack }],
  [0, "\x28\xb5\x2f\xfd", { what: "a zstd file", mend: unpack }],
  [0, "BZh", { what: "a bzip2 file", mend: unpack }],
  [0, "\x02\x21\x4c\x18", { what: "an lz4 file", mend: unpack }],
  [0, "\x04\x22\x4d\x18", { what: "an lz4 file", mend: unpack }],
  [0, "PK\x03\x04", { what: "a zip file", mend: unpack }],
  [257, "ustar", { what: "a tar archive", mend: unpack }],
  [0, "07070", { what: "a cpio archive (an initramfs)" }],
  [0, "!<arch>\ndebian-binary", { what: "a Debian package", mend: inPlace }],
  [0, "!<arch>\n", { what: "an ar archive" }],
  [0, "\xed\xab\xee\xdb", { what: "an RPM package", mend: inPlace }],
  [0, "QFI\xfb", { what: "a qcow2 disk image" }],
  [0, "hsqs", { what: "a squashfs file system" }],
  [0x438, "\x53\xef", { what: "an ext file system" }],
  [0, "\x27\x05\x19\x56", { what: "a U-Boot image" }],
  [0, "ANDROID!", { what: "an Android boot image" }],
  [0, "IKCFG_ST", { what: "a kernel configuration" }],
];

/** What a file that is no kernel is, by its first bytes. */
export function looksLike(head: Uint8Array): Lookalike {
  if (isElf(head)) return elfKind(head);
  const magic = magics.find(([at, magic]) => startsWith(head, magic, at));
  if (magic !== undefined) return magic[2];
  if (startsWith(head, "#!")) return { what: "a script" };
  if (startsWith(head, "MZ")) return { what: "a DOS or EFI program" };
  if (isText(head)) return { what: "a text file" };
  if (head.every((byte) => byte === 0)) return { what: "nothing but zero bytes" };
  const first = [...head.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, "0"));
  return { what: `unknown data that begins with the bytes ${first.join(" ")}` };
}

function elfKind(head: Uint8Array): Lookalike {
  if (head.length < 64) return { what: "the beginning of an ELF file" };
  const header = readElfHeader(head);
  if (header.kind === "relocatable") return { what: "a kernel module or an object file" };
  if (header.kind === "core") return { what: "a core dump" };
  if (header.kind === "other") return { what: "an ELF file of an unknown kind" };
  return {
    what: `an ELF ${interpreted(head, header) || header.kind === "executable" ? "executable" : "library"} for user space`,
  };
}

/** Whether it names a dynamic loader, which no kernel does. */
export function interpreted(head: Uint8Array, header: ReturnType<typeof readElfHeader>): boolean {
  try {
    return readSegments(head, header).some(({ type }) => type === PT_INTERP);
  } catch {
    return false;
  }
}

function isText(head: Uint8Array): boolean {
  for (let at = 0; at < Math.min(head.length, 512); at++) {
    const byte = u8(head, at);
    if (byte === 0x7f || (byte < 0x20 && !(byte >= 0x08 && byte <= 0x0d) && byte !== 0x1b)) {
      return false;
    }
  }
  return true;
}
