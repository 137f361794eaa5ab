import { freemem } from "node:os";
import { chooseAccelerator, readAcceleratorFacts } from "@vimto/qemu";
import type { Environment } from "../host/facts.ts";
import { hostLimits } from "../host/machine-size.ts";
import { memoryLimit } from "../host/memory-limit.ts";
import { machineMemoryMiB } from "../machine/memory.ts";
import { architectureOf } from "../run/prepare.ts";
import type { Cell } from "./cell.ts";

/** What the host has for machines. */
export type Room = {
  readonly cpus: number;
  readonly freeMiB: number;
  readonly accelerator: "kvm" | "tcg";
};

/** A kernel and an initramfs as they usually are, for the memory of a machine. */
const INITRAMFS_BYTES = 8 << 20;
/** QEMU itself, and its code cache where it emulates. */
const QEMU_MIB = { kvm: 40, tcg: 160 } as const;

/**
 * How many of the cells run at once. An emulated CPU keeps a core busy, so that there are as many of them as
 * cores; under KVM, where a guest that boots waits a lot, twice as many. All must fit into the memory that
 * is free.
 */
export function usualJobs(cells: readonly Cell[], { cpus, freeMiB, accelerator }: Room): number {
  const most = (of: (cell: Cell) => number) => Math.max(1, ...cells.map(of));
  const guestCpus = most(({ settings }) => settings.cpus);
  const guestMiB =
    QEMU_MIB[accelerator] +
    most(({ settings }) => machineMemoryMiB(settings.memoryBytes, INITRAMFS_BYTES));
  const byCores = Math.floor((cpus * (accelerator === "kvm" ? 2 : 1)) / guestCpus);
  return Math.max(1, Math.min(cells.length, byCores, Math.floor(freeMiB / guestMiB)));
}

/** The room of this host for these cells. */
export async function hostRoom(cells: readonly Cell[], environment: Environment): Promise<Room> {
  const facts = await readAcceleratorFacts({ environment });
  const emulated = cells.some(
    ({ settings }) =>
      chooseAccelerator(settings.accel, architectureOf(settings.arch), facts).accelerator === "tcg",
  );
  const limit = memoryLimit();
  const left = limit === undefined ? Number.POSITIVE_INFINITY : limit.bytes - limit.held();
  return {
    cpus: hostLimits().cpus,
    freeMiB: Math.min(freemem(), left) / 2 ** 20,
    accelerator: emulated ? "tcg" : "kvm",
  };
}
