import { ArchiveError, type ArMember, arMembers, TarDecoder, type TarSink } from "@vimto/archive";
import { decompressStream } from "@vimto/codec";
import type { UnpackOptions } from "./options.ts";
import { wanted } from "./wanted.ts";

/**
 * Unpacks the kernel's files of a .deb (deb(5)): those in boot and in the directories of modules. Reads
 * the whole of `source`, whose digest is for the source to check.
 * @throws ArchiveError, CodecError, and what `source` throws
 */
export async function unpackDeb(
  source: AsyncIterable<Uint8Array>,
  sink: TarSink,
  options: UnpackOptions,
): Promise<void> {
  const { what } = options;
  let found = false;
  for await (const member of arMembers(source, what)) {
    if (!/^data\.tar(?:\.|$)/.test(member.name)) continue;
    found = true;
    await unpackData(member, sink, options);
  }
  if (!found) throw new ArchiveError("archive", `${what} has no data: it is not a Debian package`);
}

async function unpackData(
  { name, data }: ArMember,
  sink: TarSink,
  { headerBytes, what, signal }: UnpackOptions,
): Promise<void> {
  if (!/^data\.tar(?:\.(?:xz|zst|gz))?$/.test(name)) {
    throw new ArchiveError(
      "archive",
      `${what} is packed as ${name}: xz, zst and gz can be unpacked`,
    );
  }
  const decoder = new TarDecoder(wanted(sink), headerBytes);
  await decompressStream(data, (bytes) => decoder.push(bytes), { what, signal });
  decoder.end();
}
