import { type Dirent, readdirSync, readFileSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { CodecError, compressionOf, decompress } from "@vimto/codec";
import { isElf } from "../elf/header.ts";
import { KernelError, quote, systemCode } from "../error.ts";
import { isBuildDirectory, modulesInPlace } from "./in-place.ts";
import { byName, parseDep, parsePaths } from "./index-files.ts";
import { type ModuleInfo, normalised, readModuleInfo } from "./modinfo.ts";

/** A module that was read from a tree. */
export interface Module {
  /** Normalised. */
  readonly name: string;
  /** Absolute, or as the tree's own path is. */
  readonly path: string;
  readonly info: ModuleInfo;
  /** The module as finit_module(2) takes it from every kernel: not compressed. */
  readonly bytes: Uint8Array;
}

const LARGEST = 512 * 2 ** 20;
const SUFFIXES = ["", ".xz", ".zst", ".gz"];

/**
 * The modules of one kernel: a directory such as lib/modules/6.1.0-56-amd64, or the one in which it was built.
 *
 * Where depmod has run, modules.dep names the files. Where it has not (a package that was unpacked and not
 * installed), modules.order does, and modules that it does not name are looked for in the directory, unless it
 * is a build directory. A module is read on demand.
 */
export class ModuleTree {
  readonly directory: string;
  readonly #builtin: ReadonlyMap<string, string> | undefined;
  readonly #dep: ReadonlyMap<string, string> | undefined;
  readonly #order: ReadonlyMap<string, string>;
  readonly #read = new Map<string, Module>();
  #walked: ReadonlyMap<string, string> | undefined;

  /** Errors: KernelError "missing", "directory" or "unreadable" for the directory. */
  constructor(directory: string) {
    this.directory = directory;
    list(directory);
    const dep = readIfThere(join(directory, "modules.dep"));
    const builtin = readIfThere(join(directory, "modules.builtin"));
    // depmod -n, or one that failed, leaves an empty file.
    this.#dep = dep?.trim() ? parseDep(dep) : undefined;
    if (isBuildDirectory(directory)) {
      this.#order = byName(modulesInPlace(directory));
      this.#walked = new Map();
    } else this.#order = parsePaths(readIfThere(join(directory, "modules.order")) ?? "");
    this.#builtin = builtin === undefined ? undefined : parsePaths(builtin);
  }

  /** Whether the tree tells what is part of the kernel itself. */
  get listsBuiltin(): boolean {
    return this.#builtin !== undefined;
  }

  /** Whether a module is part of the kernel itself; undefined when the tree does not tell. */
  isBuiltin(name: string): boolean | undefined {
    return this.#builtin?.has(normalised(name));
  }

  /** The path of a module's file, or undefined when it is not in the tree. */
  find(name: string): string | undefined {
    const key = normalised(name);
    if (this.#dep !== undefined) {
      const path = this.#dep.get(key);
      return path === undefined || isAbsolute(path) ? path : join(this.directory, path);
    }
    const listed = this.#order.get(key);
    // modules.order says .ko, however the file is compressed.
    const there =
      listed &&
      SUFFIXES.map((suffix) => join(this.directory, listed + suffix)).find((path) => isFile(path));
    return there || this.#walk().get(key);
  }

  /**
   * Reads a module, once.
   *
   * Errors: KernelError "missing" (it is not in the tree), "unreadable", "corrupt".
   */
  read(name: string): Module {
    const key = normalised(name);
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const path = this.find(key);
    if (path === undefined) {
      throw new KernelError("missing", `module ${key} is not in ${quote(this.directory)}`);
    }
    const bytes = readModule(path);
    const module = { name: key, path, info: infoOf(path, bytes), bytes };
    this.#read.set(key, module);
    return module;
  }

  #walk(): ReadonlyMap<string, string> {
    this.#walked ??= byName(walk(this.directory));
    return this.#walked;
  }
}

/** Reads the file of a module and decompresses it. Errors: KernelError "unreadable", "corrupt". */
export function readModule(path: string): Uint8Array {
  const file = readWhole(path);
  if (isElf(file)) return file;
  const compression = compressionOf(file);
  if (compression === undefined) throw unusable(path, "it is neither an ELF file nor compressed");
  try {
    return decompress(compression, file, LARGEST);
  } catch (error) {
    throw error instanceof CodecError ? unusable(path, error.message) : error;
  }
}

function readWhole(path: string): Uint8Array {
  try {
    // Reading a pipe would wait for ever.
    if (statSync(path).isFile()) return readFileSync(path);
  } catch (error) {
    const code = systemCode(error) ?? String(error);
    throw new KernelError(
      code === "ENOENT" ? "missing" : "unreadable",
      `module ${quote(path)} cannot be read (${code}); install the kernel's modules again`,
      { cause: error },
    );
  }
  throw unusable(path, "it is no regular file");
}

function infoOf(path: string, bytes: Uint8Array): ModuleInfo {
  try {
    return readModuleInfo(bytes);
  } catch (error) {
    throw error instanceof KernelError ? unusable(path, error.message) : error;
  }
}

const unusable = (path: string, why: string) =>
  new KernelError(
    "corrupt",
    `module ${quote(path)} cannot be used: ${why}; install the kernel's modules again`,
  );

function list(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    const code = systemCode(error) ?? String(error);
    const [kind, what] =
      code === "ENOENT"
        ? (["missing", "does not exist"] as const)
        : code === "ENOTDIR"
          ? (["directory", "is not a directory"] as const)
          : (["unreadable", `cannot be read (${code})`] as const);
    throw new KernelError(kind, `modules directory ${quote(directory)} ${what}; check the path`, {
      cause: error,
    });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if (systemCode(error) === "ENOENT") return undefined;
    throw new KernelError(
      "unreadable",
      `${quote(path)} cannot be read (${systemCode(error) ?? error}); make it readable`,
      { cause: error },
    );
  }
}

/** Every file below a directory that may be a module. Errors: KernelError, as of ModuleTree. */
export const moduleFiles = (directory: string): Iterable<string> => walk(directory);

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** Every file below; symlinks, such as `build` and `source`, are not followed. */
function* walk(directory: string): Generator<string> {
  for (const entry of list(directory)) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* walk(path);
    else yield path;
  }
}
