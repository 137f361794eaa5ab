import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { readElfHeader, readSections, sectionBytes } from "../../elf/header.ts";
import { systemCode } from "../../error.ts";
import { isBuildDirectory, modulesInPlace } from "../in-place.ts";
import { moduleName, parsePaths } from "../index-files.ts";
import { normalised, parseFields } from "../modinfo.ts";
import { moduleFiles, readModule } from "../tree.ts";
import type { Builtin, IndexedModule } from "./files.ts";

/**
 * The paths of all modules below a tree's directory: those of modules.order first, in its order.
 *
 * Errors: KernelError "missing", "directory" or "unreadable".
 */
export function indexedPaths(directory: string): string[] {
  if (isBuildDirectory(directory)) return modulesInPlace(directory);
  const order = [...parsePaths(textOf(join(directory, "modules.order"))).keys()];
  const places = new Map(order.map((name, place) => [name, place]));
  const placeOf = (path: string) => places.get(moduleName(path) ?? "") ?? order.length;
  const found = [...moduleFiles(directory)]
    .filter((path) => moduleName(path) !== undefined)
    .map((path) => relative(directory, path));
  return found.sort().sort((a, b) => placeOf(a) - placeOf(b));
}

/** Reads what the index says of one module. Errors: KernelError "unreadable", "corrupt", "cut". */
export function readIndexed(directory: string, path: string): IndexedModule {
  const bytes = readModule(join(directory, path));
  const header = readElfHeader(bytes);
  const sections = readSections(bytes, header);
  const fields = parseFields(sectionBytes(bytes, sections, ".modinfo") ?? new Uint8Array());
  return {
    name: moduleName(path) ?? "",
    path,
    depends: (fields.get("depends")?.[0] ?? "").split(",").filter(Boolean).map(normalised),
    aliases: fields.get("alias") ?? [],
    softdeps: fields.get("softdep") ?? [],
    weakdeps: fields.get("weakdep") ?? [],
    symbols: exportedSymbols(sectionBytes(bytes, sections, ".strtab") ?? new Uint8Array()),
  };
}

/**
 * Names that other modules may use (kernel's include/linux/export.h): each has a symbol "__ksymtab_NAME",
 * or, with CONFIG_MODVERSIONS, "__crc_NAME". The names of the symbols tell it, without their table.
 */
function exportedSymbols(strings: Uint8Array): string[] {
  const text = Buffer.from(strings.buffer, strings.byteOffset, strings.byteLength).toString(
    "latin1",
  );
  const found = new Set<string>();
  for (const [, name = ""] of text.matchAll(/\0__(?:crc|ksymtab)_([^\0]+)/g)) found.add(name);
  return [...found];
}

/** The built-in modules: modules.builtin, and modules.builtin.modinfo, which has aliases of further ones. */
export function readBuiltin(directory: string): Builtin {
  const aliases: Builtin["aliases"][number][] = [];
  for (const field of textOf(join(directory, "modules.builtin.modinfo")).split("\0")) {
    const [, name, alias] = /^([^.]+)\.alias=(.*)$/.exec(field) ?? [];
    if (name !== undefined && alias !== undefined) aliases.push({ name: normalised(name), alias });
  }
  return {
    names: [...parsePaths(textOf(join(directory, "modules.builtin"))).keys()],
    aliases,
  };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return "";
    throw error;
  }
}
