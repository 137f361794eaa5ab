import { read, write } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { promisify } from "node:util";
import type { CpioEntry } from "./cpio-entry.ts";
import { CpioError, quoted } from "./cpio-error.ts";
import { type Layout, layout } from "./cpio-layout.ts";

const BUFFER_LENGTH = 1024 * 1024;

const readAt = promisify(read);
const writeAt = promisify(write);

/**
 * Writes the archive of these entries to an open file or pipe, from its current position on, and
 * returns its size in bytes. Holds 1 MiB besides the entries, however large the host files are.
 * Throws CpioError for the entries and the host files (`unreadable`, `changed`); an error of the
 * target itself, such as ENOSPC, passes through. After an error the target holds half an archive.
 */
export async function writeCpio(
  target: number | FileHandle,
  entries: readonly CpioEntry[],
): Promise<number> {
  return writeLayout(target, layout(entries));
}

/** The same for a layout that was already made. */
export async function writeLayout(
  target: number | FileHandle,
  { segments, size }: Layout,
): Promise<number> {
  const output = new Output(typeof target === "number" ? target : target.fd);
  for (const segment of segments) {
    if (segment.kind === "bytes") await output.put(segment.bytes);
    else await copyFile(segment.hostPath, segment.size, output);
  }
  await output.flush();
  return size;
}

async function copyFile(path: string, size: number, output: Output): Promise<void> {
  const unreadable = (cause: unknown) =>
    new CpioError("unreadable", `cannot read ${quoted(path)} for the archive: ${reason(cause)}`, {
      cause,
    });
  const file = await open(path).catch((cause: unknown) => {
    throw unreadable(cause);
  });
  try {
    let copied = 0;
    while (copied < size) {
      const room = await output.room(size - copied);
      const { bytesRead } = await readAt(file.fd, room, 0, room.length, copied).catch(
        (cause: unknown) => {
          throw unreadable(cause);
        },
      );
      if (bytesRead === 0) break;
      output.used(bytesRead);
      copied += bytesRead;
    }
    const { bytesRead: more } = await readAt(file.fd, new Uint8Array(1), 0, 1, size);
    if (copied < size || more > 0) {
      const now = copied < size ? `only ${copied}` : "more";
      throw new CpioError(
        "changed",
        `${quoted(path)} changed while it was copied: it had ${size} bytes and now has ${now}`,
      );
    }
  } finally {
    await file.close();
  }
}

function reason(cause: unknown): string {
  return cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
}

/** Gathers what is small and reads host files straight into its one buffer. */
class Output {
  readonly #descriptor: number;
  readonly #buffer = new Uint8Array(BUFFER_LENGTH);
  #filled = 0;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
  }

  async put(bytes: Uint8Array): Promise<void> {
    if (bytes.length > BUFFER_LENGTH - this.#filled) await this.flush();
    if (bytes.length > BUFFER_LENGTH) {
      await this.#write(bytes);
      return;
    }
    this.#buffer.set(bytes, this.#filled);
    this.#filled += bytes.length;
  }

  /** Free memory in the buffer, at least one byte and at most `wanted`; `used` says how much of it counts. */
  async room(wanted: number): Promise<Uint8Array> {
    if (this.#filled === BUFFER_LENGTH) await this.flush();
    return this.#buffer.subarray(this.#filled, this.#filled + wanted);
  }

  used(bytes: number): void {
    this.#filled += bytes;
  }

  async flush(): Promise<void> {
    await this.#write(this.#buffer.subarray(0, this.#filled));
    this.#filled = 0;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const left = bytes.subarray(done);
      done += (await writeAt(this.#descriptor, left, 0, left.length, null)).bytesWritten;
    }
  }
}
