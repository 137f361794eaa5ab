import { type Device, device } from "./device.ts";
import { QemuError } from "./error.ts";
import { option } from "./option.ts";
import { hex, slots } from "./slots.ts";

/** virtio-rng fed by QEMU's own generator (getrandom(2) of the host). */
export function entropy(): Device {
  return device([
    "-object",
    option(["rng-builtin"], ["id", "rng"]),
    "-device",
    option(["virtio-rng-pci"], ["id", "entropy"], ["rng", "rng"], ["addr", hex(slots.entropy)]),
  ]);
}

/**
 * A gdb stub on 127.0.0.1. The processors stay halted (-S) until gdb, or QMP's "cont", lets them go;
 * nokaslr puts the kernel where its symbols say.
 */
export function gdb(port: number): Device {
  if (!Number.isInteger(port) || port < 1 || port > 65535) {
    throw new QemuError("bad-value", `gdb port ${port} is not a port; give one from 1 to 65535`);
  }
  return device(["-gdb", `tcp:127.0.0.1:${port}`, "-S"], ["nokaslr"]);
}

/** The machine waits for QMP's "migrate-incoming" instead of booting. */
export const incoming = (): Device => device(["-incoming", "defer"]);
