import { type Device, device } from "./device.ts";
import { option } from "./option.ts";
import type { Qmp } from "./qmp/client.ts";
import { hex, type PciAddress, slots } from "./slots.ts";

/** A vhost-user-fs device: a directory that a server behind a socket shares over virtiofs. */
export type FileServerDevice = {
  /** 1 to 36 bytes, unique in a machine (include/uapi/linux/virtio_fs.h). */
  readonly tag: string;
  /** The number of an inherited socket, connected to the server. */
  readonly descriptor: number;
};

const id = (tag: string) => `fs-${tag}`;

export const fileServerSocket = ({ tag, descriptor }: FileServerDevice): Device =>
  device(["-chardev", option(["socket"], ["id", id(tag)], ["fd", `${descriptor}`])]);

/** The machine needs memory that is shared (Board.shared). */
export const fileServer = (server: FileServerDevice, { addr, multifunction }: PciAddress): Device =>
  device([
    ...fileServerSocket(server).qemu,
    "-device",
    option(
      ["vhost-user-fs-pci"],
      ["id", `${id(server.tag)}-device`],
      ["chardev", id(server.tag)],
      ["tag", server.tag],
      ["addr", addr],
      ...(multifunction ? [["multifunction", "on"] as const] : []),
    ),
  ]);

const portCount = 3;
const functionsPerPort = 8;
const port = (index: number) => `plug${index}`;

/** How many devices can be plugged into a machine. */
export const plugLimit = portCount * functionsPerPort;

/**
 * PCI Express ports for `count` devices, plugged in before the machine goes on from a saved state. The guest hears
 * of them by ACPI, and finds them when it looks for itself (x86 alone, since QEMU 6.1); firmware and kernel
 * keep room for them. Equal for 1 to 8 devices, and for more.
 */
export function plugPorts(count: number): Device {
  const ports = count <= functionsPerPort ? 1 : portCount;
  return device(
    Array.from({ length: ports }, (_, index) => [
      "-device",
      option(
        ["pcie-root-port"],
        ["id", port(index)],
        ["chassis", `${index + 1}`],
        ["addr", hex(slots.plugPorts + index)],
      ),
    ]).flat(),
  );
}

/**
 * Plugs in devices whose sockets are there (fileServerSocket), up to plugLimit. Rejects as Qmp.execute. Function 0 of a
 * slot comes last: QEMU takes no function that is added behind it (hw/pci/pci.c, do_pci_register_device).
 */
export async function plugFileServers(qmp: Qmp, tags: readonly string[]): Promise<void> {
  for (const [index, tag] of [...tags.entries()].reverse())
    await qmp.execute("device_add", {
      driver: "vhost-user-fs-pci",
      id: `${id(tag)}-device`,
      chardev: id(tag),
      tag,
      bus: port(Math.floor(index / functionsPerPort)),
      addr: `0x0.${hex(index % functionsPerPort)}`,
      multifunction: index % functionsPerPort === 0,
    });
}
