import { ArchiveError, TarDecoder, type TarSink } from "@vimto/archive";
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
  let last: Uint8Array = new Uint8Array(0);
  const consume = (bytes: Uint8Array) => {
    last = Buffer.concat([last, bytes.subarray(-END)]).subarray(-END);
    decoder.push(bytes);
  };
  await decompressStream(source, consume, { what, signal });
  decoder.end();
  // Nothing else tells a cut file from a whole one: Bun's zstd takes a frame without its end.
  if (last.length < END || last.some((byte) => byte !== 0))
    throw new ArchiveError("archive", `${what} ends inside its archive`);
}

/** The two blocks of zeros that end an archive (pax(1), "ustar Interchange Format"). */
const END = 1024;
