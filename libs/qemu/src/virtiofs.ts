import { type Device, device } from "./device.ts";
import { option } from "./option.ts";
import type { PciAddress } from "./slots.ts";

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
