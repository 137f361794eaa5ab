import { type Inspection, inspectKernel, type KernelFacts, parseFacts } from "@vimto/kernel";
import type { Architecture } from "@vimto/linux";
import type { Cache } from "../cache/cache.ts";
import { fileIdentity, keyOf } from "../cache/identity.ts";
import { writeAll } from "../cache/nameless.ts";

export type KnownKernel = {
  readonly facts: KernelFacts;
  /** The file that QEMU boots. */
  readonly boot: string;
};

/**
 * What a kernel file is, from the cache if the file has not changed since; its unpacked form, if that is
 * what boots, is kept there too. Errors: KernelError, Failure "cache".
 */
export async function knownKernel(
  cache: Cache,
  path: string,
  arch: Architecture,
): Promise<KnownKernel> {
  const facts = await kernelFacts(cache, path, arch);
  if (facts.boot !== "unpacked") return { facts, boot: path };
  const boot = await cache.file(unpackedName(path), (fd) =>
    writeAll(fd, unpackedBytes(inspectKernel(path, arch), path)),
  );
  return { facts, boot };
}

const unpackedName = (path: string) => `kernels/${keyOf(fileIdentity(path))}.vmlinux`;
/** With what makes the facts of one form, so that two versions of vimto do not undo each other's files. */
const factsName = (path: string) => `facts/${keyOf("with CPUs", fileIdentity(path))}.json`;

async function kernelFacts(cache: Cache, path: string, arch: Architecture): Promise<KernelFacts> {
  const known = knownFacts(cache, path);
  if (known?.arch === arch) return known;
  const inspection = inspectKernel(path, arch);
  const { facts } = inspection;
  if (facts.boot === "unpacked") {
    await cache.file(unpackedName(path), (fd) => writeAll(fd, unpackedBytes(inspection, path)));
  }
  cache.keepText(factsName(path), JSON.stringify(facts));
  return facts;
}

function unpackedBytes({ unpacked }: Inspection, path: string): Uint8Array {
  if (unpacked === undefined) throw new Error(`kernel ${path} changed while it was read`);
  return unpacked;
}

/** The release of a kernel file, without reading all of it where the cache knows. */
export function knownFacts(cache: Cache, path: string): KernelFacts | undefined {
  let name: string;
  try {
    name = factsName(path);
  } catch {
    // Not there: inspecting it says so in the right words.
    return undefined;
  }
  const json = cache.useText(name);
  return json === undefined ? undefined : parseFacts(json);
}
