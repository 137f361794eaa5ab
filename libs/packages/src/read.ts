import { type FileHandle, open } from "node:fs/promises";
import { PackageError } from "./errors.ts";

const MiB = 1024 * 1024;

/** What sentences call a package. */
export const namePackage = (path: string): string => `package ${JSON.stringify(path)}`;

/** @throws PackageError "file" */
export async function openPackage(path: string): Promise<FileHandle> {
  return await open(path).catch((error: unknown) => {
    throw unreadable(namePackage(path), error);
  });
}

/** The bytes of a package from its beginning on. @throws PackageError "file", "aborted" */
export async function* readPackage(
  file: FileHandle,
  what: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for (let at = 0; ; ) {
      if (signal?.aborted) throw new PackageError("aborted", "unpacking was interrupted");
      const { bytesRead, buffer } = await file.read(new Uint8Array(MiB), 0, MiB, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw error instanceof PackageError ? error : unreadable(what, error);
  }
}

export function unreadable(what: string, error: unknown): PackageError {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return new PackageError("file", `${what} cannot be read (${code}); check the path`, {
    cause: error,
  });
}
