import { type IndexEntry, trieBytes } from "./trie.ts";

/** What the index files say of one module. */
export interface IndexedModule {
  /** Normalised. */
  readonly name: string;
  /** Below the tree's directory: "kernel/fs/9p/9p.ko.xz". */
  readonly path: string;
  /** Names of modules that it needs itself, normalised. */
  readonly depends: readonly string[];
  readonly aliases: readonly string[];
  /** The texts of `softdep` and `weakdep` in .modinfo. */
  readonly softdeps: readonly string[];
  readonly weakdeps: readonly string[];
  /** Symbols that other modules may use. */
  readonly symbols: readonly string[];
}

/** What is part of the kernel itself, with normalised names. */
export interface Builtin {
  readonly names: readonly string[];
  /** Of code without a module of its own too. */
  readonly aliases: readonly { readonly name: string; readonly alias: string }[];
}

/**
 * The files that depmod(8) writes, by name: modules.dep(5) and the like. `modules` is in the order of
 * modules.order, which is the order in which modprobe loads the modules of one alias.
 */
export function indexFiles(
  modules: readonly IndexedModule[],
  builtin: Builtin,
): ReadonlyMap<string, Uint8Array> {
  const lines = dependencyLines(modules);
  return new Map([
    ["modules.dep", bytesOf(lines.map(({ value }) => value))],
    ["modules.dep.bin", trieBytes(lines)],
    [
      "modules.alias",
      textOf("Aliases extracted from modules themselves.", modules, ({ name, aliases }) =>
        aliases.map((alias) => `alias ${alias} ${name}`),
      ),
    ],
    ["modules.alias.bin", trieBytes(modules.flatMap(aliasEntries))],
    [
      "modules.symbols",
      textOf("Aliases for symbols, used by symbol_request().", modules, ({ name, symbols }) =>
        symbols.map((symbol) => `alias symbol:${symbol} ${name}`),
      ),
    ],
    ["modules.symbols.bin", trieBytes(modules.flatMap(symbolEntries))],
    [
      "modules.softdep",
      textOf("Soft dependencies extracted from modules themselves.", modules, (module) =>
        module.softdeps.map((text) => `softdep ${module.name} ${text}`),
      ),
    ],
    [
      "modules.weakdep",
      textOf("Weak dependencies extracted from modules themselves.", modules, (module) =>
        module.weakdeps.map((text) => `weakdep ${module.name} ${text}`),
      ),
    ],
    [
      "modules.devname",
      textOf("Device nodes to trigger on-demand module loading.", modules, deviceName),
    ],
    [
      "modules.builtin.bin",
      trieBytes(builtin.names.map((key) => ({ key, value: "", priority: 0 }))),
    ],
    [
      "modules.builtin.alias.bin",
      trieBytes(
        builtin.aliases.map(({ name, alias }) => ({
          key: aliasKey(alias),
          value: name,
          priority: 0,
        })),
      ),
    ],
  ]);
}

/**
 * A module and all that it needs, each module behind its users: modprobe loads a line from its end. A module of
 * a circle has no line, and is in no other line.
 */
function dependencyLines(modules: readonly IndexedModule[]): IndexEntry[] {
  const byName = new Map(modules.map((module) => [module.name, module]));
  // A name without a file is part of the kernel, or missing: then the kernel says so.
  const needs = (module: IndexedModule) =>
    module.depends.map((name) => byName.get(name)).filter((needed) => needed !== undefined);
  const places = usersFirst(modules, needs);
  return modules.flatMap((module, priority) => {
    if (!places.has(module)) return [];
    const all = new Set<IndexedModule>();
    const add = (needed: IndexedModule) => {
      if (all.has(needed) || !places.has(needed)) return;
      all.add(needed);
      needs(needed).forEach(add);
    };
    needs(module).forEach(add);
    const sorted = [...all].sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
    const value = `${module.path}:${sorted.map(({ path }) => ` ${path}`).join("")}`;
    return [{ key: module.name, value, priority }];
  });
}

/** A place for each module, behind those of its users; modules of a circle have no place. */
function usersFirst(
  modules: readonly IndexedModule[],
  needs: (module: IndexedModule) => readonly IndexedModule[],
): ReadonlyMap<IndexedModule, number> {
  const users = new Map<IndexedModule, number>();
  for (const needed of modules.flatMap(needs)) users.set(needed, (users.get(needed) ?? 0) + 1);
  const free = modules.filter((module) => !users.has(module));
  const places = new Map<IndexedModule, number>();
  for (let module = free.pop(); module !== undefined; module = free.pop()) {
    places.set(module, places.size);
    for (const needed of needs(module)) {
      const left = (users.get(needed) ?? 0) - 1;
      users.set(needed, left);
      if (left === 0) free.push(needed);
    }
  }
  return places;
}

const aliasEntries = ({ name, aliases }: IndexedModule, priority: number): IndexEntry[] =>
  aliases.map((alias) => ({ key: aliasKey(alias), value: name, priority }));

const symbolEntries = ({ name, symbols }: IndexedModule, priority: number): IndexEntry[] =>
  symbols.map((symbol) => ({ key: `symbol:${symbol}`, value: name, priority }));

/** An alias as modprobe asks for it: "_" for each "-" outside of brackets. */
const aliasKey = (alias: string): string =>
  alias.replace(/\[[^\]]*\]|-/g, (part) => (part === "-" ? "_" : part));

function textOf(
  head: string,
  modules: readonly IndexedModule[],
  linesOf: (module: IndexedModule) => readonly string[],
): Uint8Array {
  return bytesOf([`# ${head}`, ...modules.flatMap(linesOf)]);
}

const bytesOf = (lines: readonly string[]): Uint8Array =>
  Buffer.from(lines.map((line) => `${line}\n`).join(""), "latin1");

/** "fuse fuse c10:229": the module of a device's node, for a module that says both name and number. */
function deviceName({ name, aliases }: IndexedModule): string[] {
  const node = aliases.find((alias) => alias.startsWith("devname:"))?.slice("devname:".length);
  const number = aliases
    .map((alias) => /^(char|block)-major-(\d+)-(\d+)/.exec(alias))
    .find(Boolean);
  if (node === undefined || !number) return [];
  const kind = number[1] === "char" ? "c" : "b";
  return [`${name} ${node} ${kind}${number[2]}:${number[3]}`];
}
