import type { TarEntry, TarSink } from "@vimto/archive";

export type UnpackOptions = {
  /** Bytes of one long name or one block of pax records. */
  readonly headerBytes: number;
  /** Names the package in errors: `package "linux-image-amd64"`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  /** Hears which packages of kernels and modules a .deb depends on. */
  readonly onDepends?: (packages: readonly string[]) => void;
};

/** The directories of a kernel's package to unpack: the rest belongs to an installed system. */
const WANTED = ["boot/", "lib/modules/", "usr/lib/modules/"];

/** Passes on the entries below the wanted directories, and those directories themselves. */
export function wanted(sink: TarSink): TarSink {
  let isWanted = false;
  return {
    entry: (entry: TarEntry) => {
      const path = `${entry.name.replace(/^(?:\.?\/)+/, "").replace(/\/+$/, "")}/`;
      isWanted = WANTED.some((directory) => path.startsWith(directory));
      if (isWanted) sink.entry(entry);
    },
    data: (bytes, offset) => {
      if (isWanted) sink.data(bytes, offset);
    },
    close: () => {
      if (isWanted) sink.close();
    },
  };
}
