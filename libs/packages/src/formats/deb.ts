import { ArchiveError, type ArMember, arMembers, TarDecoder, type TarSink } from "@vimto/archive";
import { decompressStream } from "@vimto/codec";
import { type UnpackOptions, wanted } from "./wanted.ts";

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
    if (options.onDepends !== undefined && PACKED_CONTROL.test(member.name))
      options.onDepends(kernelsOf(await readControl(member, options)));
    if (!/^data\.tar(?:\.|$)/.test(member.name)) continue;
    found = true;
    await unpackData(member, sink, options);
  }
  if (!found) throw new ArchiveError("archive", `${what} has no data: it is not a Debian package`);
}

/**
 * The file `control` of a .deb, which stands before its files (deb-control(5)); "" where there is none.
 * @throws ArchiveError, CodecError, and what `source` throws
 */
export async function readDebControl(
  source: AsyncIterable<Uint8Array>,
  options: UnpackOptions,
): Promise<string> {
  for await (const member of arMembers(source, options.what))
    if (PACKED_CONTROL.test(member.name)) return readControl(member, options);
  return "";
}

const PACKED_CONTROL = /^control\.tar(?:\.(?:xz|zst|gz))?$/;
/** The most bytes of a control file; those of kernels take some kilobytes. */
const MOST_CONTROL = 64 * 1024;

/** The file `control` of a package, or what its first 64 KiB are (deb-control(5)). */
async function readControl(
  { data }: ArMember,
  { headerBytes, what, signal }: UnpackOptions,
): Promise<string> {
  const parts: Uint8Array[] = [];
  let isControl = false;
  const decoder = new TarDecoder(
    {
      entry: ({ name }) => {
        isControl = /^(?:\.\/)?control$/.test(name);
      },
      data: (bytes, offset) => {
        if (isControl && offset < MOST_CONTROL) parts.push(Uint8Array.from(bytes));
      },
      close: () => {},
    },
    headerBytes,
  );
  await decompressStream(data, (bytes) => decoder.push(bytes), { what, signal });
  decoder.end();
  return Buffer.concat(parts).toString("latin1", 0, MOST_CONTROL);
}

/** The packages of kernels and of modules among those that a control file depends on. */
function kernelsOf(control: string): string[] {
  const [, depends = ""] = /^Depends:(.*(?:\n[ \t].*)*)/im.exec(control) ?? [];
  const names = depends.split(/[,|]/).map((one) => /[a-z0-9.+-]+/.exec(one)?.[0] ?? "");
  return names.filter((name) => /^linux-(?:image|binary|modules|main-modules)-/.test(name));
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
