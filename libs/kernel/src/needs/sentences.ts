import { KernelError, listed, quote } from "../error.ts";
import {
  type Kernel,
  type Lack,
  networkRequirement,
  type Requirement,
  requirements,
  virtiofsRequirement,
} from "./assess.ts";
import type { SharingWay } from "./sharing.ts";
import type { Transport } from "./table.ts";

/**
 * One sentence for each reason why a run with this kernel cannot work; empty when nothing is known against it.
 * The first one is for the user.
 */
export function obstacles(
  kernel: Kernel,
  transport: Transport = "pci",
  ways: readonly SharingWay[] = ["9p"],
): string[] {
  const missing = requirements(kernel, transport).filter(
    ({ state, level }) =>
      state === "missing" && level !== "wanted" && (level !== "sharing" || ways.includes("9p")),
  );
  const shared = missing.filter((one) => one.level === "sharing" && lost(kernel, one));
  const rest = missing.filter((one) => !shared.includes(one));
  return [
    ...unbootable(kernel),
    ...grouped(rest).map(([why, group]) => lacking(kernel, why, group)),
    ...(shared.length === 0 ? [] : [sharing(kernel, shared)]),
    ...(ways.includes("virtiofs") ? withoutVirtiofs(kernel) : []),
  ];
}

/** Throws the first obstacle. Errors: KernelError "lacking". */
export function demandUsable(
  kernel: Kernel,
  transport: Transport = "pci",
  ways: readonly SharingWay[] = ["9p"],
): void {
  const [first] = obstacles(kernel, transport, ways);
  if (first !== undefined) throw new KernelError("lacking", first);
}

/** One sentence on why the kernel cannot have a network; undefined when it can, as far as is known. */
export function networkObstacle(kernel: Kernel): string | undefined {
  const need = networkRequirement(kernel);
  if (need.lack === undefined) return undefined;
  return `${lacking(kernel, need.lack.why, [need])}; or leave out --net`;
}

/** Throws the reason why the kernel cannot have a network, if one is known. Errors: KernelError "lacking". */
export function demandNetwork(kernel: Kernel): void {
  const obstacle = networkObstacle(kernel);
  if (obstacle !== undefined) throw new KernelError("lacking", obstacle);
}

/** Whether adding modules cannot help. */
const lost = ({ modules }: Kernel, { lack }: Requirement) =>
  lack?.why === "off" || (lack?.why === "not found" && modules !== undefined);

const subject = ({ path, facts }: Kernel) => `kernel ${quote(path)} (${facts.release})`;

function unbootable(kernel: Kernel): string[] {
  const { arch, boot, notUnpacked } = kernel.facts;
  if (boot !== "nothing") return [];
  if (arch === "aarch64") {
    const why = notUnpacked === undefined ? "" : ` (${notUnpacked})`;
    return [
      `${subject(kernel)} is an ELF file that no Image can be made of${why}; name its arch/arm64/boot/Image`,
    ];
  }
  return [
    `${subject(kernel)} is an ELF file without the PVH entry that QEMU boots (CONFIG_PVH); name its arch/x86/boot/bzImage, or build it with CONFIG_PVH=y`,
  ];
}

type Group = readonly [Requirement, ...Requirement[]];

function grouped(missing: readonly Requirement[]): [Lack["why"], Group][] {
  return (["off", "no modules", "no such module", "not found"] as const).flatMap((why) => {
    const [first, ...others] = missing.filter(({ lack }) => lack?.why === why);
    return first === undefined ? [] : [[why, [first, ...others]]];
  });
}

function lacking(kernel: Kernel, why: Lack["why"], group: Group): string {
  const [first, ...others] = group;
  const named = group.map(({ name, option }) => `${name} (${option})`);
  const set = listed(group.map(({ option }) => `${option}=y`));
  const mend = others.length === 0 ? first.lack?.mend : mendAll(kernel, why, set);
  const where = kernel.modules ? `in ${quote(kernel.modules.directory)}` : "with it";
  const modules = others.length === 0 ? "a module" : "modules";
  switch (why) {
    case "off": {
      const purpose = others.length === 0 ? `vimto ${first.purpose}` : "vimto cannot do without";
      return `${subject(kernel)} was built without ${listed(named)}, which ${purpose}; ${mend}, or use another one`;
    }
    case "no modules":
      return `${subject(kernel)} has ${listed(named)} only as ${modules}, and no modules were found ${where}; ${mend}`;
    case "no such module":
      return `${subject(kernel)} has ${listed(named)} only as ${modules}, not to be found ${where}; ${mend}`;
    case "not found":
      return kernel.modules === undefined
        ? `${subject(kernel)} does not have ${listed(named)} built in, and no modules were found ${where}; ${mend}`
        : `${subject(kernel)} has ${listed(named)} neither built in nor as ${modules} ${where}; ${mend}`;
  }
}

function mendAll({ facts, modules, modulesAdvice }: Kernel, why: Lack["why"], set: string): string {
  const build = `build the kernel with ${set}`;
  if (why === "off") return build;
  if (modulesAdvice !== undefined) return modulesAdvice;
  return modules === undefined
    ? `name a directory that has lib/modules/${facts.release} beside boot/, or ${build}`
    : `install all modules of ${facts.release}, or ${build}`;
}

function withoutVirtiofs(kernel: Kernel): string[] {
  const need = virtiofsRequirement(kernel);
  if (need.state !== "missing") return [];
  return [
    `${subject(kernel)} has no virtiofs (${need.option}), over which --fs virtiofs shares files; ${need.lack?.mend}, or use --fs 9p`,
  ];
}

/** A kernel without 9p that cannot have virtiofs either, or is not allowed to. */
function sharing(kernel: Kernel, missing: readonly Requirement[]): string {
  const options = missing.map(({ option }) => option).join(", ");
  const without = `was built without 9p (${options})`;
  const other = virtiofsRequirement(kernel);
  if (lost(kernel, other)) {
    return `${subject(kernel)} cannot share files with the host: it ${without} and without virtiofs (${other.option}); ${another(kernel)}`;
  }
  return other.state === "unknown"
    ? `${subject(kernel)} ${without}, over which vimto shares files; ${another(kernel)}`
    : `${subject(kernel)} ${without}, over which vimto shares files; it has virtiofs, so leave out --fs 9p, or ${another(kernel)}`;
}

/** Of Debian's kernels only those for clouds leave out 9p. */
function another({ facts }: Kernel): string {
  const flavour = /-cloud-(amd64|arm64)$/.exec(facts.release)?.[1];
  return flavour === undefined
    ? "use a kernel built with CONFIG_NET_9P_VIRTIO and CONFIG_9P_FS"
    : `use Debian's linux-image-${flavour} instead of linux-image-cloud-${flavour}`;
}
