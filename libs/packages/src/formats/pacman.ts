import { TarDecoder, type TarSink } from "@vimto/archive";
import { decompressStream } from "@vimto/codec";
import { type UnpackOptions, wanted } from "./wanted.ts";

/**
 * The same of a package of Arch Linux, a tar archive packed with zstd, xz or gzip, or not at all
 * (alpm-package(7)).
 * @throws ArchiveError, CodecError, and what `source` throws
 */
export async function unpackPacman(
  source: AsyncIterable<Uint8Array>,
  sink: TarSink,
  { headerBytes, what, signal }: UnpackOptions,
): Promise<void> {
  const decoder = new TarDecoder(wanted(sink), headerBytes);
  await decompressStream(source, (bytes) => decoder.push(bytes), { what, signal });
  decoder.end();
}
