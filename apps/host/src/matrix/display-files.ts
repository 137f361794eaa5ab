import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import { errorCode, Failure } from "../failure.ts";
import type { Cell } from "./cell.ts";
import type { Display } from "./display.ts";

/** A file NAME.log for each cell in a directory, with all of its output as it comes. */
export function files(directory: string, cells: readonly Cell[]): Display {
  const names = fileNames(cells.map(({ name }) => name));
  const open = new Map<string, number>();
  const pathOf = (name: string) => join(directory, `${names.get(name) ?? name}.log`);
  return {
    fileOf: pathOf,
    merged: true,
    begin: ({ name }) => {
      const fd = writing(pathOf(name), () => {
        mkdirSync(directory, { recursive: true });
        return openSync(pathOf(name), "w");
      });
      open.set(name, fd);
      return (_stream, bytes) => {
        writing(pathOf(name), () => writeWhole(fd, bytes));
        return undefined;
      };
    },
    end: async ({ cell: { name } }, said) => {
      const fd = open.get(name);
      if (fd === undefined) return;
      open.delete(name);
      writing(pathOf(name), () => writeWhole(fd, Buffer.from(said)));
      closeSync(fd);
    },
  };
}

function writing<Result>(path: string, write: () => Result): Result {
  try {
    return write();
  } catch (error) {
    throw new Failure(
      "output",
      `${JSON.stringify(path)} cannot be written (${errorCode(error) ?? error}); make room, or name another directory with --output files=DIR`,
      { cause: error },
    );
  }
}

function writeWhole(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}

/** Names of cells as names of files: letters, digits and a few marks stay, no two are the same. */
export function fileNames(names: readonly string[]): ReadonlyMap<string, string> {
  const taken = new Set<string>();
  return new Map(
    names.map((name) => {
      const base =
        name
          .replace(/[^\p{L}\p{N}._+-]+/gu, "_")
          .replace(/^[._]+/, "")
          .slice(0, 100) || "kernel";
      let unique = base;
      for (let count = 2; taken.has(unique); count++) unique = `${base}-${count}`;
      taken.add(unique);
      return [name, unique];
    }),
  );
}
