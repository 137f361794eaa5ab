import {
  type ArMember,
  arMembers,
  TarDecoder,
  type TarEntry,
  type TarSink,
  type TreeWriter,
} from "@vimto/archive";
import { decompressStream } from "@vimto/codec";
import { AptError } from "../errors.ts";
import type { Limits } from "../limits.ts";

/** What of a kernel's packages is unpacked: the rest belongs to an installed system. */
const WANTED = ["boot/", "lib/modules/", "usr/lib/modules/"];

export type UnpackOptions = {
  readonly limits: Limits;
  /** Names the package in errors: `package "linux-image-amd64"`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Unpacks the kernel's files of a .deb (deb(5)): those in boot and in the directories of modules. Reads
 * the whole of `source`, whose digest is for the source to check.
 * @throws AptError "package", what the libraries below throw, and what `source` throws
 */
export async function unpackPackage(
  source: AsyncIterable<Uint8Array>,
  tree: TreeWriter,
  options: UnpackOptions,
): Promise<void> {
  const { what } = options;
  let found = false;
  for await (const member of arMembers(source, what)) {
    if (!/^data\.tar(?:\.|$)/.test(member.name)) continue;
    found = true;
    await unpackData(member, tree, options);
  }
  if (!found) throw new AptError("package", `${what} has no data: it is not a Debian package`);
}

async function unpackData(
  { name, data }: ArMember,
  tree: TreeWriter,
  { limits, what, signal }: UnpackOptions,
): Promise<void> {
  if (!/^data\.tar(?:\.(?:xz|zst|gz))?$/.test(name)) {
    throw new AptError("package", `${what} is packed as ${name}: xz, zst and gz can be unpacked`);
  }
  const decoder = new TarDecoder(wanted(tree), limits.headerBytes);
  await decompressStream(data, (bytes) => decoder.push(bytes), { what, signal });
  decoder.end();
}

/** Passes on the entries below the wanted directories, and those directories themselves. */
function wanted(tree: TreeWriter): TarSink {
  let isWanted = false;
  return {
    entry: (entry: TarEntry) => {
      const path = `${entry.name.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "")}/`;
      isWanted = WANTED.some((directory) => path.startsWith(directory));
      if (isWanted) tree.entry(entry);
    },
    data: (bytes, offset) => {
      if (isWanted) tree.data(bytes, offset);
    },
    close: () => {
      if (isWanted) tree.close();
    },
  };
}
