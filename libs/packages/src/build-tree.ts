import type { FileHandle } from "node:fs/promises";
import { type TarEntry, type TarSink, TreeWriter } from "@vimto/archive";
import { asPackageError, PackageError } from "./errors.ts";
import { unpackDeb } from "./formats/deb.ts";
import { unpackPacman } from "./formats/pacman.ts";
import { unpackRpm } from "./formats/rpm.ts";
import type { PackageKind } from "./kind.ts";
import { LIMITS } from "./limits.ts";
import { readPackage } from "./read.ts";

export type Part = {
  /** Names it in sentences. */
  readonly what: string;
  readonly file: FileHandle;
};

/**
 * Unpacks the parts of a kernel into an empty directory, one over the other, and gives the bytes of all files.
 * Sentences about all of them call it `named`.
 * @throws PackageError
 */
export async function buildTree(
  directory: string,
  named: string,
  parts: readonly Part[],
  kind: PackageKind,
  signal: AbortSignal | undefined,
): Promise<number> {
  const tree = new TreeWriter(directory, { limits: LIMITS, what: named });
  const watched = new KernelWatch(tree);
  let depends: readonly string[] = [];
  try {
    for (const { what, file } of parts) {
      const onDepends = (packages: readonly string[]) => {
        if (what === named) depends = packages;
      };
      const options = { headerBytes: LIMITS.headerBytes, what, signal, onDepends };
      try {
        await FORMATS[kind](readPackage(file, what, signal), watched, options);
      } catch (error) {
        throw asPackageError(error, what);
      }
    }
    if (!watched.found) throw new PackageError("package", NO_KERNEL[kind](named, depends));
    tree.finish();
  } catch (error) {
    tree.abandon();
    throw error;
  }
  return tree.bytes;
}

const FORMATS = { deb: unpackDeb, rpm: unpackRpm, pacman: unpackPacman } as const;

const NO_KERNEL: Readonly<
  Record<PackageKind, (what: string, depends: readonly string[]) => string>
> = {
  // In which package the kernel is and in which its modules are differs between releases.
  deb: (what, depends) => {
    const packages =
      depends.length === 0
        ? "put all packages of a kernel"
        : `it depends on ${depends.join(" and ")}: put all packages of this kernel`;
    return `${what} has no kernel; ${packages} and its modules into one directory and name one of them, or name a kernel that vimto fetches, such as debian:12 or ubuntu:24.04`;
  },
  rpm: (what) =>
    `${what} has no kernel; name one that has, such as kernel-core or kernel-default, and put the packages of its modules into the same directory`,
  pacman: (what) => `${what} has no kernel; name one that has, such as linux or linux-lts`,
};

/** Hears of the files of a package that can be its kernel. */
class KernelWatch implements TarSink {
  found = false;
  readonly #sink: TarSink;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  entry(entry: TarEntry): void {
    const path = entry.name.replace(/^(?:\.?\/)+/, "");
    if (entry.kind !== "directory" && KERNEL.test(path)) this.found = true;
    this.#sink.entry(entry);
  }

  data(bytes: Uint8Array, offset: number): void {
    this.#sink.data(bytes, offset);
  }

  close(): void {
    this.#sink.close();
  }
}

const KERNEL =
  /^(?:boot\/(?:vmlinu[xz]|Image)[^/]*|(?:usr\/)?lib\/modules\/[^/]+\/(?:vmlinuz[^/]*|Image[^/]*|[^/]*\.efi))$/;
