import { normalised } from "./modinfo.ts";

const FILE = /(?:^|\/)([^/]+)\.ko(?:\.(?:xz|gz|zst))?$/;

/** The normalised name of a module's file, "kernel/fs/9p/9p.ko.xz" being "9p"; undefined for others. */
export function moduleName(path: string): string | undefined {
  const name = FILE.exec(path)?.[1];
  return name === undefined ? undefined : normalised(name);
}

/** Modules by name; of two files with the same name the first counts. */
export function byName(paths: Iterable<string>): Map<string, string> {
  const found = new Map<string, string>();
  for (const path of paths) {
    const name = moduleName(path);
    if (name !== undefined && !found.has(name)) found.set(name, path);
  }
  return found;
}

/** modules.order and modules.builtin (kernel's Documentation/kbuild/kbuild.rst): a path a line. */
export const parsePaths = (text: string): Map<string, string> => byName(text.split("\n"));

/**
 * modules.dep (modules.dep(5)): "PATH: PATH...". Only its paths are used: a module's dependencies come from the
 * module itself, which has to be read anyway and cannot be out of date.
 */
export const parseDep = (text: string): Map<string, string> =>
  byName(text.split("\n").map((line) => line.split(":", 1)[0] ?? ""));
