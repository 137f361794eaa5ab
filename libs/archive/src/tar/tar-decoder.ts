import { PushReader } from "../push-reader.ts";
import { readArchive, type TarSink } from "./tar-archive.ts";

/**
 * Reads a tar archive that comes in chunks of any size: ustar, star, pax, GNU long names and all of
 * GNU's sparse formats. Does no I/O, and allocates nothing that a header asks for before it is checked
 * against `headerBytes`. It may lack its closing blocks of zeros.
 *
 * Ours, because the well-kept tar-stream of npm knows no sparse files, takes fields that are no numbers
 * for 0, and allocates whatever size the header of a long name claims.
 */
export class TarDecoder extends PushReader {
  constructor(sink: TarSink, headerBytes: number) {
    super(readArchive(sink, headerBytes), "tar");
  }
}
