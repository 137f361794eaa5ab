import type { Display } from "./display.ts";
import { plainLine } from "./plain.ts";
import type { Output } from "./sink.ts";
import { Spool } from "./spool.ts";
import { secondsText, stateText } from "./words.ts";

const NEWLINE = 10;

export type GroupedOptions = {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Whether both are one file. */
  readonly merged: boolean;
  /** A directory for files without names. */
  readonly directory: string;
  /** Whether GitHub's log folds the groups. */
  readonly folded: boolean;
};

/** All output of a cell in one piece when it has ended, below a line that says how. */
export function grouped({ stdout, stderr, merged, directory, folded }: GroupedOptions): Display {
  const spools = new Map<string, { readonly stdout: Spool; readonly stderr: Spool }>();
  return {
    fileOf: () => undefined,
    merged,
    begin: ({ name }) => {
      const spool = { stdout: new Spool(directory), stderr: new Spool(directory) };
      spools.set(name, spool);
      return (stream, bytes) => {
        spool[stream].write(bytes);
        return undefined;
      };
    },
    end: async (result, said) => {
      const { name } = result.cell;
      const spool = spools.get(name);
      spools.delete(name);
      const head = `${plainLine(name, 200)}: ${stateText(result)}${result.runMs === undefined ? "" : `, ${secondsText(result.runMs)}`}`;
      const print = async (sink: Output, pieces: Iterable<Uint8Array>, tail: string) => {
        sink.write(folded ? `::group::${head}\n` : `==> ${head} <==\n`);
        let last = NEWLINE;
        for (const piece of pieces) {
          sink.write(piece);
          last = piece.at(-1) ?? last;
          await sink.room();
        }
        sink.write(`${last === NEWLINE ? "" : "\n"}${tail}${folded ? "::endgroup::\n" : ""}`);
      };
      const own = merged ? said : "";
      await print(stdout, spool?.stdout.pieces() ?? [], own);
      if (!merged && ((spool?.stderr.bytes ?? 0) > 0 || said !== ""))
        await print(stderr, spool?.stderr.pieces() ?? [], said);
    },
  };
}
