import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { emptyDirectory } from "./place.ts";

/** Every file below the directory, as sorted paths relative to it; directories do not count. */
export function leftFiles(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

/** A project to work in: a new directory with these files in it. */
export function project(files: Readonly<Record<string, string | Uint8Array>> = {}): string {
  const directory = emptyDirectory("project");
  for (const [name, text] of Object.entries(files)) {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  return directory;
}
