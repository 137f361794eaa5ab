import { QemuError } from "./error.ts";

/**
 * PCI addresses on the root bus. They are always written out: QEMU would otherwise hand out slots in
 * the order of the command line, and a saved machine only resumes into the very same topology.
 *
 * Slots 0 and 1 belong to the chipset (host bridge; PIIX3 on "pc"), 0x1f to the ICH9 on q35.
 */
export const slots = { channel: 0x02, entropy: 0x03, network: 0x04, plugPorts: 0x05 } as const;

const firstShareSlot = 0x08;
const shareSlots = 0x1e - firstShareSlot + 1;
const functionsPerSlot = 8;

/** How many shares a machine can carry. */
export const shareLimit = shareSlots * functionsPerSlot;

/** A device's place: `addr=` and, for function 0 of a shared slot, `multifunction=on`. */
export type PciAddress = { readonly addr: string; readonly multifunction: boolean };

/**
 * The place of share `index` of `total`. One slot each as long as they last; beyond that every slot
 * takes further functions, and function 0 must announce them (PCI Local Bus 3.0, section 6.2.1).
 */
export function shareAddress(index: number, total: number): PciAddress {
  if (total > shareLimit) {
    throw new QemuError(
      "bad-value",
      `${total} shared directories are more than the ${shareLimit} that fit on the PCI bus; share a common parent directory instead`,
    );
  }
  const slot = firstShareSlot + (index % shareSlots);
  const fn = Math.floor(index / shareSlots);
  return {
    addr: fn === 0 ? hex(slot) : `${hex(slot)}.${hex(fn)}`,
    multifunction: fn === 0 && total > shareSlots,
  };
}

export const hex = (value: number): string => `0x${value.toString(16)}`;
