import type { Architecture } from "@vimto/linux";
import { KernelError, quote } from "../error.ts";
import { normalised } from "./modinfo.ts";
import type { Module, ModuleTree } from "./tree.ts";

/** Modules to load, and names that lead nowhere. */
export interface Closure {
  /** In the order to load them: what a module depends on stands before it. */
  readonly load: readonly Module[];
  /** Wanted names that are neither in the tree nor known to be built in. */
  readonly absent: readonly string[];
}

export interface ClosureOptions {
  /** Of the kernel that loads them; a module of another release is refused. */
  readonly release: string;
  readonly arch: Architecture;
  /** Whether a module is part of the kernel, where the tree itself does not tell. */
  readonly builtin?: (name: string) => boolean;
}

/**
 * The modules that must be loaded for `wanted`, with all that they depend on; what is built in is
 * left out. Soft dependencies "pre" come along when they are there, "post" ones do not.
 *
 * Errors: KernelError "dependency", "cycle", "version", "architecture", "corrupt", "unreadable".
 */
export function closure(
  tree: ModuleTree,
  wanted: readonly string[],
  options: ClosureOptions,
): Closure {
  const load: Module[] = [];
  const absent: string[] = [];
  const done = new Set<string>();
  const builtin = (name: string) => tree.isBuiltin(name) ?? options.builtin?.(name) ?? false;

  /** `path` is the way here: the wanted module first. */
  const visit = (name: string, path: readonly string[]) => {
    if (path.includes(name)) throw cycle(tree, [...path.slice(path.indexOf(name)), name]);
    if (done.has(name)) return;
    const module = tree.read(name);
    checkFits(module, options);
    const here = [...path, name];
    for (const soft of module.info.softPre) visitSoft(soft, here);
    for (const needed of module.info.depends) {
      if (tree.find(needed) !== undefined) visit(needed, here);
      else if (!builtin(needed)) throw missing(tree, name, needed);
    }
    done.add(name);
    load.push(module);
  };

  /** Like modprobe, goes on without a module that is missing, unusable or part of a circle. */
  const visitSoft = (name: string, path: readonly string[]) => {
    if (tree.find(name) === undefined) return;
    try {
      visit(name, path);
    } catch (error) {
      if (!(error instanceof KernelError)) throw error;
    }
  };

  for (const name of wanted.map(normalised)) {
    if (tree.find(name) !== undefined) visit(name, []);
    else if (!builtin(name)) absent.push(name);
  }
  return { load, absent: [...new Set(absent)] };
}

function checkFits({ path, info }: Module, { release, arch }: ClosureOptions): void {
  if (info.machine !== arch) {
    throw new KernelError(
      "architecture",
      `module ${quote(path)} is built for ${info.machine}, and the kernel is for ${arch}; install the modules of this kernel`,
    );
  }
  if (info.release !== undefined && info.release !== release) {
    throw new KernelError(
      "version",
      `module ${quote(path)} is built for Linux ${info.release}, and the kernel is ${release}; install the modules of ${release}`,
    );
  }
}

const cycle = (tree: ModuleTree, path: readonly string[]) =>
  new KernelError(
    "cycle",
    `modules in ${quote(tree.directory)} depend on each other in a circle (${path.join(" -> ")}); install the kernel's modules again`,
  );

const missing = (tree: ModuleTree, name: string, needed: string) =>
  new KernelError(
    "dependency",
    `module ${name} needs the module ${needed}, which is not in ${quote(tree.directory)}; install the kernel's modules again`,
  );
