import type { Architecture } from "@vimto/linux";
import {
  type Accelerator,
  architectureTable,
  type MachineType,
  machineTable,
} from "./architecture.ts";
import { type Device, device } from "./device.ts";
import { QemuError } from "./error.ts";
import { hasFault } from "./faults.ts";
import { type OptionPart, onOff, option } from "./option.ts";
import type { Version } from "./version.ts";

/**
 * RAM that lives in a file. `share: true` writes the guest's memory to the file (a template is being
 * made); `share: false` maps it copy-on-write (a clone). QEMU opens the file read-write either way.
 */
export type MemoryFile = { readonly path: string; readonly share: boolean };

export type Board = {
  readonly architecture: Architecture;
  readonly accelerator: Accelerator;
  /** Virtual processors, at least 1. */
  readonly cpus: number;
  /** What -smp says in place of the number alone, such as "cpus=2,cores=2"; `cpus` of them run. */
  readonly topology?: string | undefined;
  /** Guest memory in MiB, at least 1. */
  readonly memoryMiB: number;
  readonly memoryFile?: MemoryFile | undefined;
  /** Guest memory is shared with servers beside QEMU, as vhost-user demands. */
  readonly shared?: boolean | undefined;
  /** Guest memory counts when it is used: the host need not have it all (QEMU 6.1). */
  readonly overcommit?: boolean | undefined;
  /** For translated code where QEMU emulates, in MiB; QEMU's own choice is 1 GiB at most. */
  readonly codeCacheMiB?: number | undefined;
  /** Defaults to the architecture's own. */
  readonly machine?: MachineType | undefined;
  /** Added after the table's machine options, so that the last one wins. */
  readonly machineOptions?: readonly OptionPart[] | undefined;
  /** Replaces the table's processor model. */
  readonly cpu?: readonly OptionPart[] | undefined;
  /** QEMU's, whose faults the machine goes around; by default it has none of them. */
  readonly version?: Version | undefined;
};

const memoryId = "ram";

/** Machine type, accelerator, processor, memory. Throws QemuError "bad-value" for absurd values. */
export function board(values: Board): Device {
  const table = architectureTable[values.architecture];
  const type = values.machine ?? table.machine;
  const machine = machineTable[type];
  if (machine.architecture !== values.architecture) {
    throw new QemuError(
      "bad-value",
      `machine type "${type}" is for ${machine.architecture} guests; ${values.architecture} guests use "${table.machine}"`,
    );
  }
  const accelerator = table.accelerators[values.accelerator];
  const size = `${positive("memory", values.memoryMiB)}M`;
  const object = memoryObject(size, values);
  const qemu = [
    "-machine",
    option(
      [type],
      ...machine.options,
      ...accelerator.machine,
      // Guest memory is left out of QEMU's own core dumps.
      ["dump-guest-core", "off"],
      ...(object.length > 0 ? [["memory-backend", memoryId] as const] : []),
      ...(values.machineOptions ?? []),
    ),
    "-accel",
    option(
      [values.accelerator],
      ...(values.accelerator === "tcg" && values.codeCacheMiB !== undefined
        ? [["tb-size", `${values.codeCacheMiB}`] as const]
        : []),
    ),
    "-cpu",
    option(...(values.cpu ?? accelerator.cpu)),
    "-smp",
    values.topology ?? `${positive("number of processors", values.cpus)}`,
    "-m",
    size,
    ...object,
  ];
  return device(qemu, hasFault("lostFlags", values) ? [WITHOUT_CMPXCHG16B] : []);
}

/** X86_FEATURE_CX16 by its number, 4*32+13: names came with Linux 5.18 (arch/x86/kernel/cpu/common.c). */
const WITHOUT_CMPXCHG16B = "clearcpuid=141";

function positive(what: string, value: number): number {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new QemuError("bad-value", `the ${what} is ${value}; give a whole number from 1`);
  }
  return value;
}

/** Shared memory of a file is never reserved (mmap(2), MAP_NORESERVE). */
function memoryObject(size: string, { memoryFile, overcommit, shared }: Board): readonly string[] {
  const common = [["id", memoryId] as const, ["size", size] as const];
  const reserve = overcommit ? [["reserve", "off"] as const] : [];
  if (memoryFile !== undefined)
    return [
      "-object",
      option(
        ["memory-backend-file"],
        ...common,
        ["mem-path", memoryFile.path],
        ["share", onOff(memoryFile.share)],
        ...(memoryFile.share ? [] : reserve),
      ),
    ];
  if (shared)
    return ["-object", option(["memory-backend-memfd"], ...common, ["share", "on"], ...reserve)];
  return overcommit ? ["-object", option(["memory-backend-ram"], ...common, ...reserve)] : [];
}
