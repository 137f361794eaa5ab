import { isElf, readElfHeader, readSections, sectionBytes } from "../elf/header.ts";
import { KernelError } from "../error.ts";

/** What a module says of itself in its section .modinfo (kernel's include/linux/module.h). */
export interface ModuleInfo {
  /** Normalised; absent before Linux 4.13. */
  readonly name: string | undefined;
  /** The release that it was built for: the first word of `vermagic`. */
  readonly release: string | undefined;
  /** As `uname -m` names it, from the ELF header. */
  readonly machine: string;
  /** Modules that must be loaded before it, normalised. */
  readonly depends: readonly string[];
  /** Modules that it is better loaded after, or loaded before; they may be missing. */
  readonly softPre: readonly string[];
  readonly softPost: readonly string[];
  readonly aliases: readonly string[];
  readonly license: string | undefined;
}

/** The one spelling of a module's name: files and `depends` use both "-" and "_". */
export const normalised = (name: string) => name.replaceAll("-", "_");

/**
 * Reads a module that is not compressed.
 *
 * Errors: KernelError "corrupt" or "cut", with a message that completes "module ... cannot be read".
 */
export function readModuleInfo(module: Uint8Array): ModuleInfo {
  if (!isElf(module)) throw new KernelError("corrupt", "it is no ELF file");
  const header = readElfHeader(module);
  if (header.kind !== "relocatable" || !header.readable) {
    throw new KernelError("corrupt", "it is no 64-bit ELF module");
  }
  const section = sectionBytes(module, readSections(module, header), ".modinfo");
  if (section === undefined) throw new KernelError("corrupt", "it has no section .modinfo");
  const fields = parseFields(section);
  const first = (key: string) => fields.get(key)?.[0];
  const soft = (fields.get("softdep") ?? []).map(parseSoftDependency);
  return {
    name: first("name") === undefined ? undefined : normalised(first("name") ?? ""),
    release: first("vermagic")?.split(" ", 1)[0],
    machine: header.machine,
    depends: (first("depends") ?? "").split(",").filter(Boolean).map(normalised),
    softPre: soft.flatMap(({ pre }) => pre),
    softPost: soft.flatMap(({ post }) => post),
    aliases: fields.get("alias") ?? [],
    license: first("license"),
  };
}

/** Texts with a NUL behind each, and perhaps more between them. */
const texts = (section: Uint8Array = new Uint8Array(0)): readonly string[] =>
  Buffer.from(section).toString("latin1").split("\0").filter(Boolean);

/** "key=value" texts, each with a NUL behind it and perhaps more. */
export function parseFields(section: Uint8Array): ReadonlyMap<string, string[]> {
  const fields = new Map<string, string[]>();
  for (const field of texts(section)) {
    const equals = field.indexOf("=");
    if (equals === -1) continue;
    const key = field.slice(0, equals);
    const values = fields.get(key) ?? [];
    values.push(field.slice(equals + 1));
    fields.set(key, values);
  }
  return fields;
}

/** "pre: a b post: c", as modprobe.d(5) has it behind the module's name. */
function parseSoftDependency(value: string): { pre: string[]; post: string[] } {
  const found = { pre: [] as string[], post: [] as string[] };
  let into: string[] | undefined;
  for (const word of value.split(/\s+/).filter(Boolean)) {
    if (word === "pre:") into = found.pre;
    else if (word === "post:") into = found.post;
    else into?.push(normalised(word));
  }
  return found;
}
