import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";
import { KernelError, quote, systemCode } from "../error.ts";

/** A file that a kernel is read from. */
export interface OpenFile {
  readonly path: string;
  /** Bytes, as the file system tells. */
  readonly size: number;
  /** The bytes of a range; fewer when the file ends before. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
}

/**
 * Opens a kernel file, runs `use` and closes it again.
 *
 * Errors: KernelError "missing", "unreadable", "directory" or "empty".
 */
export function withKernelFile<T>(path: string, use: (file: OpenFile) => T): T {
  const descriptor = open(path);
  try {
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) {
      throw new KernelError(
        "directory",
        `kernel ${quote(path)} is a directory; name the kernel file in it`,
      );
    }
    if (!stat.isFile()) {
      throw new KernelError(
        "not-a-kernel",
        `kernel ${quote(path)} is not a regular file; name one`,
      );
    }
    if (stat.size === 0) {
      throw new KernelError(
        "empty",
        `kernel ${quote(path)} is empty (0 bytes); build or download it again`,
      );
    }
    return use({
      path,
      size: stat.size,
      read: (offset, length) => range(path, descriptor, offset, length),
    });
  } finally {
    closeSync(descriptor);
  }
}

function open(path: string): number {
  try {
    // Without O_NONBLOCK, opening a named pipe would wait for a writer.
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw openFailure(path, error);
  }
}

/** The sentence for a kernel file that cannot be opened or read. */
export function openFailure(path: string, error: unknown): KernelError {
  const options = { cause: error };
  const code = systemCode(error);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new KernelError(
      "missing",
      `kernel ${quote(path)} does not exist; check the path`,
      options,
    );
  }
  if (code === "EACCES" || code === "EPERM") {
    return new KernelError(
      "unreadable",
      `kernel ${quote(path)} may not be read by this user (${code}); let root run chmod a+r on it, or name another kernel`,
      options,
    );
  }
  return new KernelError(
    "unreadable",
    `kernel ${quote(path)} cannot be read (${code ?? error}); check the path`,
    options,
  );
}

function range(
  path: string,
  descriptor: number,
  offset: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let filled = 0;
  try {
    while (filled < length) {
      const got = readSync(descriptor, bytes, filled, length - filled, offset + filled);
      if (got === 0) return bytes.subarray(0, filled);
      filled += got;
    }
  } catch (error) {
    throw openFailure(path, error);
  }
  return bytes;
}
