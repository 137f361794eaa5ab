import { relative } from "node:path";
import { KernelError } from "../error.ts";
import { moduleName } from "./index-files.ts";
import { type ModuleInfo, normalised, readModuleInfo } from "./modinfo.ts";
import { moduleFiles, readModule } from "./tree.ts";

/** Text files of depmod(8) by their names: a tool that reads them loads modules as modprobe(8) does. */
export type ModuleIndex = ReadonlyMap<string, string>;

type Entry = {
  readonly path: string;
  readonly name: string;
  readonly info: ModuleInfo;
};

/**
 * What depmod(8) would write for the modules in `directory`, as far as a modprobe needs it. Reads every
 * module, which takes seconds where they are compressed; other work goes on meanwhile. A file that is no
 * module is left out.
 *
 * Errors: KernelError "missing", "directory" or "unreadable" for the directory.
 */
export async function moduleIndex(directory: string, signal?: AbortSignal): Promise<ModuleIndex> {
  const entries: Entry[] = [];
  for (const path of moduleFiles(directory)) {
    const name = moduleName(path);
    if (name === undefined) continue;
    try {
      entries.push({
        path: relative(directory, path),
        name,
        info: readModuleInfo(readModule(path)),
      });
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
    }
    await new Promise(setImmediate);
    signal?.throwIfAborted();
  }
  entries.sort((a, b) => (a.path < b.path ? -1 : 1));
  return new Map([
    ["modules.dep", dependencies(entries)],
    [
      "modules.alias",
      lines(
        entries.flatMap(({ name, info }) => info.aliases.map((alias) => `alias ${alias} ${name}`)),
      ),
    ],
    [
      "modules.symbols",
      lines(
        entries.flatMap(({ name, info }) =>
          info.symbols.map((symbol) => `alias symbol:${symbol} ${name}`),
        ),
      ),
    ],
    ["modules.softdep", lines(entries.flatMap(({ name, info }) => softDependency(name, info)))],
    ["modules.devname", lines(entries.flatMap(({ name, info }) => deviceName(name, info)))],
  ]);
}

const lines = (all: readonly string[]) => all.map((line) => `${line}\n`).join("");

function softDependency(name: string, { softPre, softPost }: ModuleInfo): string[] {
  const parts = [
    ...(softPre.length === 0 ? [] : ["pre:", ...softPre]),
    ...(softPost.length === 0 ? [] : ["post:", ...softPost]),
  ];
  return parts.length === 0 ? [] : [["softdep", name, ...parts].join(" ")];
}

const DEVNAME = /^devname:(.+)$/;
const DEVICE = /^(char|block)-major-(\d+)-(\d+)$/;

/** "fuse fuse c10:229": the module, the node below /dev, its type and numbers. */
function deviceName(name: string, { aliases }: ModuleInfo): string[] {
  const node = aliases.map((alias) => DEVNAME.exec(alias)?.[1]).find(Boolean);
  const device = aliases.map((alias) => DEVICE.exec(alias)).find((found) => found !== null);
  if (node === undefined || !device) return [];
  const [, type = "", major, minor] = device;
  return [`${name} ${node} ${type.charAt(0)}${major}:${minor}`];
}

/** "PATH: PATH...": all that a module depends on, what is to be loaded first last (modules.dep(5)). */
function dependencies(entries: readonly Entry[]): string {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const order = new Map<string, readonly string[]>();
  /** The names of all that `name` needs, each before what needs it; a circle is left where it closes. */
  const needs = (name: string, path: readonly string[]): readonly string[] => {
    const known = order.get(name);
    if (known !== undefined) return known;
    const found = new Set<string>();
    for (const needed of byName.get(name)?.info.depends ?? []) {
      if (!byName.has(needed) || path.includes(needed)) continue;
      for (const deeper of needs(needed, [...path, name])) found.add(deeper);
      found.add(needed);
    }
    found.delete(name);
    order.set(name, [...found]);
    return [...found];
  };
  return lines(
    entries.map(({ path, name }) => {
      const files = needs(normalised(name), []).map((needed) => byName.get(needed)?.path ?? "");
      return [`${path}:`, ...files.toReversed()].join(" ");
    }),
  );
}
