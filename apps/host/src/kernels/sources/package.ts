import { closeSync, openSync, readSync } from "node:fs";
import { resolveInTree } from "@vimto/archive";
import { findKernel } from "@vimto/kernel";
import { KIND_HEAD, packageKind } from "@vimto/packages/kind";
import type { KernelSource, SourceContext } from "../source.ts";
import { imageDirectory } from "./oci.ts";

/**
 * A package file of Debian, of RPM or of Arch Linux; undefined for other files.
 * @param path absolute
 */
export function packageSource(
  text: string,
  path: string,
  { cache, arch, releaseOf }: SourceContext,
): KernelSource | undefined {
  const kind = packageKind(headOf(path));
  if (kind === undefined) return undefined;
  return {
    text,
    locate: async ({ signal, emit }) => {
      const [{ keepPackage, listNames, modulesAdvice }, { Store }] = await Promise.all([
        import("@vimto/packages"),
        import("@vimto/store"),
      ]);
      const store = new Store(imageDirectory(cache));
      const platform = `linux/${arch}`;
      const kept = await keepPackage(path, { kind, store, platform, signal, onEvent: emit });
      const image = {
        what: `package ${JSON.stringify(path)}`,
        directory: kept.directory,
        resolve: (path: string) => resolveInTree(kept.directory, path),
      };
      const { directory, resolve, what } = image;
      const files = findKernel(directory, { releaseOf, resolve, name: what });
      return {
        text,
        files,
        overlay: directory,
        image,
        modulesAdvice: modulesAdvice(kind, files.release),
        details:
          kept.beside.length === 0
            ? []
            : [`${what} is used with ${listNames(kept.beside)} beside it`],
      };
    },
  };
}

/** The first bytes of a file, more of one that may be packed; empty when it cannot be read. */
function headOf(path: string): Uint8Array {
  let descriptor: number;
  try {
    descriptor = openSync(path, "r");
  } catch {
    return new Uint8Array(0);
  }
  try {
    const short = read(descriptor, 512);
    // What most kernels begin with: an ELF or a PE file.
    return /^(?:\x7fELF|MZ)/.test(Buffer.from(short).toString("latin1", 0, 4))
      ? short
      : read(descriptor, KIND_HEAD);
  } catch {
    return new Uint8Array(0);
  } finally {
    closeSync(descriptor);
  }
}

function read(descriptor: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, 0));
}
