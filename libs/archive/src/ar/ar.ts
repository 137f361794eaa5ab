import { ArchiveError } from "../error.ts";
import { ByteSource } from "./byte-source.ts";

/** One file of an ar archive. Its data can be read until the next member is asked for. */
export type ArMember = {
  /** Without the slash that GNU ar puts behind it. */
  readonly name: string;
  readonly size: number;
  readonly data: AsyncIterable<Uint8Array>;
};

const MAGIC = "!<arch>\n";
const HEADER = 60;

/**
 * The members of an ar archive with short names, such as a .deb (ar(5), deb(5)), in order. Reads the
 * source to its end, so that a digest of it covers every byte.
 * @param what  names the archive in errors: `package "linux-image-amd64"`
 * @throws ArchiveError "archive", and what `source` throws
 */
export async function* arMembers(
  source: AsyncIterable<Uint8Array>,
  what: string,
): AsyncGenerator<ArMember> {
  const bytes = new ByteSource(source);
  try {
    const magic = await bytes.read(MAGIC.length);
    if (text(magic) !== MAGIC) throw new ArchiveError("archive", `${what} is not an ar archive`);
    for (;;) {
      const header = await bytes.read(HEADER);
      if (header.length === 0) return;
      const { name, size } = readHeader(header, what);
      const data = bytes.stream(size, () => cut(what));
      yield { name, size, data };
      for await (const _ of data);
      // Members begin at even offsets.
      await bytes.read(size % 2);
    }
  } finally {
    await bytes.close();
  }
}

function readHeader(header: Uint8Array, what: string): { name: string; size: number } {
  if (header.length < HEADER) throw cut(what);
  const fields = text(header);
  const size = /^([0-9]{1,10}) *$/.exec(fields.slice(48, 58));
  if (fields.slice(58) !== "`\n" || size === null) {
    throw new ArchiveError("archive", `${what} has a damaged member header`);
  }
  return { name: fields.slice(0, 16).replace(/\/? *$/, ""), size: Number(size[1]) };
}

const cut = (what: string) => new ArchiveError("archive", `${what} ends inside a member`);
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString("latin1");
