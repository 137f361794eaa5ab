import {
  type Inspection,
  inspectKernel,
  type KernelFacts,
  parseFacts,
  releaseInHeader,
} from "@vimto/kernel";
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
 * What a kernel file is, from the cache if the file has not changed since. What QEMU boots in its place, if
 * anything, is kept there too, by its content. Errors: KernelError, Failure "cache".
 */
export async function knownKernel(
  cache: Cache,
  path: string,
  arch: Architecture,
): Promise<KnownKernel> {
  const known = knownFacts(cache, path);
  const facts = known?.arch === arch ? known : readFacts(cache, path, arch);
  const name = unpackedName(facts);
  if (name === undefined) {
    inspections.delete(path);
    return { facts, boot: path };
  }
  const boot = await cache.file(name, (fd) => {
    const { facts: found, unpacked } = inspect(path, arch);
    if (unpacked === undefined || unpackedName(found) !== name)
      throw new Error(`kernel ${path} changed while it was read`);
    writeAll(fd, unpacked);
  });
  inspections.delete(path);
  return { facts, boot };
}

/** The release of a kernel file. Errors: KernelError. */
export function releaseOf(cache: Cache, path: string): string {
  const known = knownFacts(cache, path);
  if (known !== undefined) return known.release;
  return releaseInHeader(path) ?? inspect(path).facts.release;
}

/** Named after what it is made of, and for people by its release. */
const unpackedName = ({ content, release }: KernelFacts): string | undefined =>
  content && `kernels/${release.slice(0, 64)}.${content.slice(0, 32)}.vmlinux`;
/** Includes the form of the facts, so that two versions of vimto do not replace each other's files. */
const factsName = (path: string) => `facts/${keyOf("with content", fileIdentity(path))}.json`;

function readFacts(cache: Cache, path: string, arch: Architecture): KernelFacts {
  const { facts } = inspect(path, arch);
  cache.keepText(factsName(path), JSON.stringify(facts));
  return facts;
}

/** Of files that were read for their release, until they are asked for the rest. */
const inspections = new Map<string, { readonly identity: string; readonly found: Inspection }>();

function inspect(path: string, arch?: Architecture): Inspection {
  const earlier = inspections.get(path);
  const usable =
    earlier !== undefined &&
    earlier.identity === fileIdentity(path) &&
    (arch === undefined || earlier.found.facts.arch === arch);
  if (usable) return earlier.found;
  const found = inspectKernel(path, arch);
  inspections.set(path, { identity: fileIdentity(path), found });
  return found;
}

/** What is kept of a kernel file; undefined for one that has not been read, or does not exist. */
function knownFacts(cache: Cache, path: string): KernelFacts | undefined {
  let name: string;
  try {
    name = factsName(path);
  } catch {
    // It does not exist: inspecting it throws the right sentence.
    return undefined;
  }
  const json = cache.useText(name);
  return json === undefined ? undefined : parseFacts(json);
}
