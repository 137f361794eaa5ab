import { has, type KernelConfig } from "../config/config.ts";
import type { KernelFacts, OptionState } from "../facts.ts";
import type { ModuleTree } from "../modules/tree.ts";
import { type Need, needs, type Transport, virtiofs, virtioNet } from "./table.ts";

/** What is known of a kernel and its modules; all that a decision depends on. */
export interface Kernel {
  /** As the user named it, for sentences. */
  readonly path: string;
  readonly facts: KernelFacts;
  /** Its configuration, from a file of the distribution; it counts more than the facts. */
  readonly config?: KernelConfig | undefined;
  readonly modules?: ModuleTree | undefined;
  /** Where its modules come from, of a kernel that came apart from them: completes a sentence after "; ". */
  readonly modulesAdvice?: string | undefined;
}

export type RequirementState = "builtin" | "module" | "missing" | "unknown";

/** One feature that vimto needs of a kernel, and whether it is there. */
export interface Requirement {
  readonly name: string;
  /** What vimto does with it: completes "which vimto ...". */
  readonly purpose: string;
  readonly level: Need["level"];
  readonly state: RequirementState;
  /** "CONFIG_VIRTIO_CONSOLE". */
  readonly option: string;
  /** The module to load, when that is its state. */
  readonly module?: string;
  /** Why it is missing, and what to do about it. */
  readonly lack?: Lack;
}

export interface Lack {
  /**
   * Turned off; a module by its option, but missing in the modules directory, or without one; or neither built
   * in nor a module, of a kernel whose configuration is unknown.
   */
  readonly why: "off" | "no modules" | "no such module" | "not found";
  /** "build the kernel with CONFIG_VIRTIO_CONSOLE=y". */
  readonly mend: string;
}

/** Every requirement of the kernel's processor and of how devices are attached, in report order. */
export function requirements(kernel: Kernel, transport: Transport = "pci"): Requirement[] {
  const { arch } = kernel.facts;
  return needs
    .filter((need) => need.arch === undefined || need.arch === arch)
    .filter((need) => need.transport === undefined || need.transport === transport)
    .map((need) => requirement(need, kernel));
}

/** Whether the kernel could share files over virtiofs. */
export const virtiofsRequirement = (kernel: Kernel): Requirement => requirement(virtiofs, kernel);

/** Whether the kernel could have a network. */
export const networkRequirement = (kernel: Kernel): Requirement => requirement(virtioNet, kernel);

/** Whether a module's code is in the kernel, by its option; modules without a need are not known. */
export const isBuiltinByOption = (kernel: Kernel, module: string): boolean =>
  [...needs, virtiofs, virtioNet].some(
    (need) => need.module === module && stateOf(kernel, need.option) === "builtin",
  );

function requirement(need: Need, kernel: Kernel): Requirement {
  const { name, purpose, level, option, module } = need;
  const base = { name, purpose, level, option: `CONFIG_${option}` };
  const known = stateOf(kernel, option);
  if (known === "builtin" || (module !== undefined && kernel.modules?.isBuiltin(module))) {
    return { ...base, state: "builtin" };
  }
  if (module !== undefined && kernel.modules?.find(module) !== undefined) {
    return { ...base, state: "module", module };
  }
  const why = lackOf(known, module !== undefined, kernel.modules);
  if (why === undefined) return { ...base, state: "unknown" };
  return { ...base, state: "missing", lack: { why, mend: mend(why, need, kernel) } };
}

const stateOf = ({ config, facts }: Kernel, option: string): OptionState => {
  if (config === undefined) return facts.options[option] ?? "unknown";
  return ({ y: "builtin", m: "module", n: "off", unknown: "unknown" } as const)[
    has(config, option)
  ];
};

/** Why something is missing that is neither built in nor a module that is there. */
function lackOf(
  state: OptionState,
  modular: boolean,
  modules: ModuleTree | undefined,
): Lack["why"] | undefined {
  if (state === "off") return "off";
  if (state === "module") return modules === undefined ? "no modules" : "no such module";
  if (state === "not-builtin") return "not found";
  // modules.builtin lists everything built in that could have been a module, so it is proof as well.
  return modular && modules?.listsBuiltin ? "not found" : undefined;
}

function mend(
  why: Lack["why"],
  { option, module }: Need,
  { facts, modules, modulesAdvice }: Kernel,
): string {
  const build = `build the kernel with CONFIG_${option}=y`;
  if (why === "off" || module === undefined) return build;
  if (modulesAdvice !== undefined) return modulesAdvice;
  if (modules === undefined) {
    return `name a directory that has lib/modules/${facts.release} beside boot/, or ${build}`;
  }
  return why === "no such module"
    ? `install all modules of ${facts.release}, or ${build}`
    : `add the module ${module} to lib/modules/${facts.release}, or ${build}`;
}
