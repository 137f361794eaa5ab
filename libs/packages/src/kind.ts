import { compressionOf, decompressHead } from "@vimto/codec";

/** Of Debian, of RPM, of Arch Linux's pacman. */
export type PackageKind = "deb" | "rpm" | "pacman";

/** How many of a file's first bytes `packageKind` wants: the first block of a packed one. */
export const KIND_HEAD = 256 * 1024;

const TAR_HEADER = 512;
/** The files that makepkg puts in front (alpm-package, "Metadata files"). */
const PACMAN = [".BUILDINFO", ".CHANGELOG", ".INSTALL", ".MTREE", ".PKGINFO"];

/** The kind of package that a file is, by its first bytes; undefined for other files. */
export function packageKind(head: Uint8Array): PackageKind | undefined {
  if (latin1(head, 0, 21) === "!<arch>\ndebian-binary") return "deb";
  if (latin1(head, 0, 4) === "\xed\xab\xee\xdb") return "rpm";
  const compression = compressionOf(head);
  const first = compression === undefined ? head : decompressHead(compression, head, TAR_HEADER);
  const isTar = latin1(first, 257, 5) === "ustar";
  return isTar && PACMAN.includes(latin1(first, 0, 100).replace(/\0.*/s, ""))
    ? "pacman"
    : undefined;
}

const latin1 = (bytes: Uint8Array, offset: number, length: number) =>
  Buffer.from(bytes.subarray(offset, offset + length)).toString("latin1");
