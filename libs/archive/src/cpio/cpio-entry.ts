import { CpioError, quoted } from "./cpio-error.ts";

/** A file of the host whose bytes are copied when the archive is written; `size` in bytes. */
export type HostFile = { readonly hostPath: string; readonly size: number };

/**
 * One thing in the archive. `path` is relative to the root of the guest, in plain form ("bin/sh").
 * `mode` has permission bits alone (0 to 0o7777); the owner is always root and the time always 0.
 */
export type CpioEntry =
  | {
      readonly type: "file";
      readonly path: string;
      readonly mode: number;
      readonly content: Uint8Array | HostFile;
      /** Put the content at a multiple of 4096 in the archive, where that is possible. */
      readonly pageAligned?: boolean;
    }
  | { readonly type: "directory"; readonly path: string; readonly mode: number }
  | { readonly type: "symlink"; readonly path: string; readonly target: string }
  | {
      readonly type: "char device";
      readonly path: string;
      readonly mode: number;
      readonly rdev: { readonly major: number; readonly minor: number };
    };

/** Name that ends an archive (buffer-format.rst). */
export const TRAILER = "TRAILER!!!";

/** PATH_MAX counts the NUL; init/initramfs.c drops an entry with a longer name without a word. */
export const PATH_MAX = 4096;

const NAME_MAX = 255;

/** The size field of newc has eight hexadecimal digits. */
const MAX_SIZE = 0xffff_ffff;

const utf8 = new TextEncoder();

export const contentSize = (content: Uint8Array | HostFile): number =>
  content instanceof Uint8Array ? content.length : content.size;

/**
 * Throws CpioError for an entry that newc cannot say or that the kernel would drop, cut or misread:
 * init/initramfs.c ignores the errors of every file it makes.
 */
export function checkEntry(entry: CpioEntry): void {
  checkPath(entry.path);
  const name = `archive entry ${quoted(entry.path)}`;
  if (entry.type === "symlink") {
    checkTarget(name, entry.target);
    return;
  }
  const { mode } = entry;
  if (!Number.isInteger(mode) || mode < 0 || mode > 0o7777) {
    throw new CpioError(
      "mode",
      `${name} has the mode ${mode.toString(8)} (octal): give permission bits alone, 0 to 7777`,
    );
  }
  if (entry.type === "file") {
    const size = contentSize(entry.content);
    if (!Number.isInteger(size) || size < 0 || size > MAX_SIZE) {
      throw new CpioError("size", `${name} has ${size} bytes: the archive allows 0 to ${MAX_SIZE}`);
    }
  }
  if (entry.type === "char device") {
    const { major, minor } = entry.rdev;
    // MKDEV of linux/kdev_t.h: 12 and 20 bits.
    if (!isBelow(major, 1 << 12) || !isBelow(minor, 1 << 20)) {
      throw new CpioError(
        "device",
        `${name} has the device number ${major}:${minor}: the kernel allows 0:0 to 4095:1048575`,
      );
    }
  }
}

const isBelow = (number: number, limit: number) =>
  Number.isInteger(number) && number >= 0 && number < limit;

function checkPath(path: string): void {
  const name = `archive entry ${quoted(path)}`;
  if (path === "") throw new CpioError("path", "an archive entry has an empty path");
  if (path.includes("\0")) throw new CpioError("path", `${name} has a NUL byte in its path`);
  if (!path.isWellFormed()) throw new CpioError("path", `${name} has a path that is not Unicode`);
  const parts = path.split("/");
  if (parts.includes("..")) {
    throw new CpioError("path", `${name} has ".." in its path: write the path it stands for`);
  }
  const plain = parts.filter((part) => part !== "" && part !== ".").join("/");
  if (plain !== path) {
    const way = plain === "" ? "the root itself is no entry" : `write ${quoted(plain)}`;
    throw new CpioError("path", `${name} is not a plain relative path: ${way}`);
  }
  if (path === TRAILER) {
    throw new CpioError("path", `${name} has the name that ends an archive: choose another`);
  }
  const length = utf8.encode(path).length;
  if (length >= PATH_MAX) {
    throw new CpioError(
      "path",
      `${name} has a path of ${length} bytes: the kernel allows ${PATH_MAX - 1}`,
    );
  }
  const longest = Math.max(...parts.map((part) => utf8.encode(part).length));
  if (longest > NAME_MAX) {
    throw new CpioError(
      "path",
      `${name} has a name of ${longest} bytes in its path: the kernel allows ${NAME_MAX}`,
    );
  }
}

function checkTarget(name: string, target: string): void {
  if (target === "") throw new CpioError("target", `${name} is a symlink to nothing`);
  if (target.includes("\0")) {
    throw new CpioError(
      "target",
      `${name} is a symlink to ${quoted(target)}, which has a NUL byte`,
    );
  }
  if (!target.isWellFormed()) {
    throw new CpioError(
      "target",
      `${name} is a symlink to ${quoted(target)}, which is not Unicode`,
    );
  }
  const length = utf8.encode(target).length;
  if (length >= PATH_MAX) {
    throw new CpioError(
      "target",
      `${name} is a symlink to a path of ${length} bytes: the kernel allows ${PATH_MAX - 1}`,
    );
  }
}
