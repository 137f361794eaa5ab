import type { TarEntry } from "../tar/tar-archive.ts";
import { TarDecoder } from "../tar/tar-decoder.ts";

/** An entry with its data, and where they are in the file: "10-13 20-22". */
export type Read = TarEntry & { data: string; places: string };

/** What an archive holds, read in chunks of `size` bytes. */
export function read(archive: Uint8Array, size = archive.length, headerBytes = 65536): Read[] {
  const entries: (TarEntry & { data: string; places: { from: number; to: number }[] })[] = [];
  const decoder = new TarDecoder(
    {
      entry: (entry) => entries.push({ ...entry, data: "", places: [] }),
      data: (bytes, offset) => {
        const entry = entries.at(-1);
        if (!entry) throw new Error("data without an entry");
        entry.data += Buffer.from(bytes).toString("latin1");
        const last = entry.places.at(-1);
        if (last?.to === offset) last.to += bytes.length;
        else entry.places.push({ from: offset, to: offset + bytes.length });
      },
      close: () => {},
    },
    headerBytes,
  );
  for (let at = 0; at < archive.length; at += size) decoder.push(archive.subarray(at, at + size));
  decoder.end();
  return entries.map(({ places, ...entry }) => ({
    ...entry,
    places: places.map(({ from, to }) => `${from}-${to}`).join(" "),
  }));
}
