import type { Architecture } from "@vimto/linux";
import { architectureTable } from "./architecture.ts";
import { type Device, device } from "./device.ts";
import { option } from "./option.ts";
import { hex, slots } from "./slots.ts";

/**
 * The byte streams between vimto and the machine. Each takes the number of a descriptor that QEMU
 * inherits; it must be a connected stream socket (QEMU refuses pipes: "is not a socket").
 */
function socket(id: string, descriptor: number): readonly string[] {
  return ["-chardev", option(["socket"], ["id", id], ["fd", `${descriptor}`])];
}

/** The kernel's console: the first serial port (16550 on x86, PL011 on virt). */
export function serialConsole(architecture: Architecture, descriptor: number): Device {
  return device(
    [...socket("console", descriptor), "-serial", "chardev:console"],
    architectureTable[architecture].console,
  );
}

/** QEMU's control socket, speaking QMP. */
export function monitor(descriptor: number): Device {
  return device([
    ...socket("monitor", descriptor),
    "-mon",
    option(["chardev", "monitor"], ["mode", "control"]),
  ]);
}

/** What the guest finds as /sys/class/virtio-ports/vport*\/name. */
const channelName = "vimto";

/**
 * The channel between vimto and guest init: one virtio-serial port.
 *
 * max_ports=2 is the least, as port 0 is reserved for a virtconsole; the default of 31 makes the
 * guest's driver set up 64 queues instead of 6. ioeventfd stays on: switching it off made control
 * messages time out on kernels before 6.1.
 */
export function channel(descriptor: number): Device {
  return device([
    ...socket("channel", descriptor),
    "-device",
    option(
      ["virtio-serial-pci"],
      ["id", "serial"],
      ["max_ports", "2"],
      ["addr", hex(slots.channel)],
    ),
    "-device",
    option(
      ["virtserialport"],
      ["bus", "serial.0"],
      ["nr", "1"],
      ["chardev", "channel"],
      ["name", channelName],
    ),
  ]);
}
