import { type Closure, closure } from "../modules/closure.ts";
import { isBuiltinByOption, type Kernel, requirements, virtiofsRequirement } from "./assess.ts";
import type { SharingWay } from "./sharing.ts";
import type { Transport } from "./table.ts";

/**
 * The modules that guest init has to load, in order: the modules that vimto needs of this kernel and `also`,
 * with all that they depend on; of the file systems only `ways`. `absent` are names of `also` without a module.
 *
 * Errors: those of `closure`.
 */
export function modulesToLoad(
  kernel: Kernel,
  transport: Transport = "pci",
  also: readonly string[] = [],
  ways: readonly SharingWay[] = ["9p"],
): Closure {
  const { modules, facts } = kernel;
  const builtin = (name: string) => isBuiltinByOption(kernel, name);
  if (modules === undefined) return { load: [], absent: also.filter((name) => !builtin(name)) };
  const needed = [
    ...requirements(kernel, transport).filter(
      ({ level }) => level !== "sharing" || ways.includes("9p"),
    ),
    ...(ways.includes("virtiofs") ? [virtiofsRequirement(kernel)] : []),
  ].flatMap(({ module }) => module ?? []);
  const { release, arch } = facts;
  return closure(modules, [...needed, ...also], { release, arch, builtin });
}
