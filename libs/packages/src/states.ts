import { type BigIntStats, statSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { PackageError } from "./errors.ts";
import { namePackage, unreadable } from "./read.ts";

/** Tells one state of a package from another without reading it. @throws PackageError "file" */
export function stateOf(path: string): string {
  try {
    return text(statSync(path, { bigint: true }));
  } catch (error) {
    throw unreadable(namePackage(path), error);
  }
}

/** The same of packages that nobody has named: of one that is gone, that it is. */
export const statesOf = (paths: readonly string[]): string[] =>
  paths.map((path) => {
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    return `${path} ${stat === undefined ? "" : text(stat)}`;
  });

export const stateOfOpen = async (file: FileHandle): Promise<string> =>
  text(await file.stat({ bigint: true }));

/** @throws PackageError "file" */
export async function demandState(file: FileHandle, state: string, what: string): Promise<void> {
  if ((await stateOfOpen(file)) === state) return;
  throw new PackageError("file", `${what} changed while it was unpacked; run it again`);
}

const text = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(" ");
