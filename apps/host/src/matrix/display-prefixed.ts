import type { Cell } from "./cell.ts";
import type { Display } from "./display.ts";
import { Lines } from "./lines.ts";
import { shownName } from "./plain.ts";
import type { Output } from "./sink.ts";

const NEWLINE = 10;
/** A longer line is shown in parts. */
const MOST_BYTES = 64 << 10;
const WIDEST = 40;

export type PrefixedOptions = {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly merged: boolean;
  readonly cells: readonly Cell[];
};

/** Each line as soon as it is whole, behind the name of its cell. */
export function prefixed({ stdout, stderr, merged, cells }: PrefixedOptions): Display {
  const shown = (name: string) => shownName(name, WIDEST);
  const width = Math.max(...cells.map(({ name }) => shown(name).length));
  const prefix = (name: string) => Buffer.from(`${shown(name).padEnd(width)} | `);
  const open = new Map<string, { readonly stdout: Lines; readonly stderr: Lines }>();
  return {
    fileOf: () => undefined,
    merged,
    begin: ({ name }) => {
      const lines = (sink: Output) =>
        new Lines(MOST_BYTES, (line) => {
          const whole =
            line.at(-1) === NEWLINE ? [prefix(name), line] : [prefix(name), line, newline];
          sink.write(Buffer.concat(whole));
        });
      const both = { stdout: lines(stdout), stderr: lines(stderr) };
      open.set(name, both);
      return (stream, bytes) => {
        both[stream].push(bytes);
        const sink = stream === "stdout" ? stdout : stderr;
        return sink.full ? sink.room() : undefined;
      };
    },
    end: async ({ cell: { name } }, said) => {
      const both = open.get(name);
      both?.stdout.end();
      both?.stderr.end();
      open.delete(name);
      const lines = said.split("\n").slice(0, -1);
      for (const line of lines) stderr.write(`${prefix(name)}${line}\n`);
    },
  };
}

const newline = Buffer.from("\n");
