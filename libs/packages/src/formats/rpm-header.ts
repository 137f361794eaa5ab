import { ArchiveError, type ByteSource } from "@vimto/archive";

/** Tags of the header that unpacking needs (rpm's docs/manual/tags.md). */
const TAGS = {
  name: 1000,
  version: 1001,
  release: 1002,
  architecture: 1022,
  format: 1124,
  compressor: 1125,
  digest: 5092,
  digestAlgorithm: 5093,
} as const;
/** RPM's number of SHA-256 (RFC 4880, section 9.4). */
const SHA256 = 8;

const LEAD = 96;
const INTRO = 16;
const ENTRY = 16;
/** RPM's own bounds are 65,535 tags and 256 MiB (lib/header.c); no kernel comes near. */
const MOST_TAGS = 65_535;
const MOST_DATA = 64 * 2 ** 20;

/** What an .rpm is, and how its payload is packed. */
export interface RpmHeader {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly release: string | undefined;
  /** "x86_64". */
  readonly architecture: string | undefined;
  /** "cpio"; other formats are not unpacked. */
  readonly format: string;
  /** "gzip", "xz", "zstd", "lzma", "bzip2". */
  readonly compressor: string;
  /** The SHA-256 digest of the packed payload in hexadecimal digits, where the package has one. */
  readonly sha256: string | undefined;
}

/**
 * Reads what stands before the payload of an .rpm: the lead, the signatures and the header (rpm's
 * docs/manual/format_v4.md). The next bytes of `source` are the payload.
 * @throws ArchiveError "archive", and what `source` throws
 */
export async function readRpmHeader(source: ByteSource, what: string): Promise<RpmHeader> {
  if ((await source.read(LEAD)).length < LEAD) throw cut(what);
  const signatures = await readSection(source, what);
  // Signatures are padded, so that the header begins at a multiple of 8.
  await source.read((8 - (signatures.size % 8)) % 8);
  const header = await readSection(source, what);
  const { name, version, release, architecture } = header.texts;
  const { format = "cpio", compressor = "gzip", digest } = header.texts;
  const sha256 = header.digestAlgorithm === SHA256 ? digest : undefined;
  return { name, version, release, architecture, format, compressor, sha256 };
}

interface Section {
  readonly size: number;
  readonly texts: Partial<Record<keyof typeof TAGS, string>>;
  readonly digestAlgorithm: number | undefined;
}

async function readSection(source: ByteSource, what: string): Promise<Section> {
  const intro = view(await source.read(INTRO));
  if (intro.byteLength < INTRO) throw cut(what);
  if (intro.getUint32(0) !== 0x8eade801) throw damaged(what);
  const count = intro.getUint32(8);
  const size = intro.getUint32(12);
  if (count > MOST_TAGS || size > MOST_DATA) throw damaged(what);
  const tags = view(await source.read(count * ENTRY));
  const data = await source.read(size);
  if (tags.byteLength < count * ENTRY || data.length < size) throw cut(what);
  const places = new Map<number, number>();
  for (let at = 0; at < tags.byteLength; at += ENTRY)
    places.set(tags.getUint32(at), tags.getUint32(at + 8));
  const text = (tag: number) => {
    const at = places.get(tag);
    const end = at === undefined ? -1 : data.indexOf(0, at);
    return end === -1 ? undefined : Buffer.from(data.subarray(at, end)).toString("latin1");
  };
  const found = Object.entries(TAGS).map(([name, tag]) => [name, text(tag)] as const);
  const algorithm = places.get(TAGS.digestAlgorithm);
  const hasAlgorithm = algorithm !== undefined && algorithm + 4 <= size;
  return {
    size,
    texts: Object.fromEntries(found.filter(([, value]) => value !== undefined)),
    digestAlgorithm: hasAlgorithm ? view(data).getUint32(algorithm) : undefined,
  };
}

const view = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const cut = (what: string) => new ArchiveError("archive", `${what} ends inside its header`);
const damaged = (what: string) => new ArchiveError("archive", `${what} has a damaged header`);
