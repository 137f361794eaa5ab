import { ArchiveError, ByteSource, CpioDecoder, type TarSink } from "@vimto/archive";
import { decompressStream } from "@vimto/codec";
import { readRpmHeader } from "./rpm-header.ts";
import { type UnpackOptions, wanted } from "./wanted.ts";

const COMPRESSORS = ["gzip", "xz", "zstd", "none"];

/**
 * The same of an .rpm: a cpio archive behind headers, packed by zstd, xz or gzip. The digest of the payload
 * is checked where the package has one.
 * @throws ArchiveError, CodecError, and what `source` throws
 */
export async function unpackRpm(
  source: AsyncIterable<Uint8Array>,
  sink: TarSink,
  { what, signal }: Omit<UnpackOptions, "headerBytes">,
): Promise<void> {
  const bytes = new ByteSource(source);
  try {
    const { format, compressor, sha256 } = await readRpmHeader(bytes, what);
    if (format !== "cpio")
      throw new ArchiveError("archive", `${what} has its files as ${format}, and not as cpio`);
    if (!COMPRESSORS.includes(compressor))
      throw new ArchiveError(
        "archive",
        `${what} is packed with ${compressor}: xz, zstd and gzip can be unpacked`,
      );
    const hasher = new Bun.CryptoHasher("sha256");
    const payload = hashed(bytes.stream(Number.MAX_SAFE_INTEGER), hasher);
    const decoder = new CpioDecoder(wanted(sink));
    await decompressStream(payload, (piece) => decoder.push(piece), { what, signal });
    decoder.end();
    if (sha256 !== undefined && hasher.digest("hex") !== sha256)
      throw new ArchiveError("archive", `${what} does not match its digest`);
  } finally {
    await bytes.close();
  }
}

async function* hashed(source: AsyncIterable<Uint8Array>, hasher: Bun.CryptoHasher) {
  for await (const piece of source) {
    hasher.update(piece);
    yield piece;
  }
}
