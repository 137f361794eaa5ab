import { at, type Builder, type Variable } from "@vimto/asm";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY, O_RDWR } from "@vimto/linux";
import { say } from "./console.ts";
import { append, decimal, LONGEST } from "./text.ts";

const CLASS = "/sys/class/virtio-ports";
/** The name that the host gives the port on QEMU's command line, as sysfs shows it. */
const NAME = new TextEncoder().encode("vimto\n");
/** The number that the host gives the port (`nr=`): the second part of the device's name. */
const NUMBER = 1;
/** vportNp1: N is the number of the virtio device, of which a machine has some dozens at most. */
const DEVICES = 256;
const MILLISECOND = 1_000_000;

/**
 * Opens the virtio-serial port of the channel to `fd`, blocking. The driver makes the port, and then its name,
 * when the host's control messages arrive (drivers/char/virtio_console.c, add_port), so this waits for
 * it; without the driver it says so and runs `failed`.
 */
export function openPort(p: Builder, fd: Variable, failed: () => void): void {
  const directory = p.syscallTo(
    p.variable(),
    "openat",
    AT_FDCWD,
    p.text(CLASS),
    O_RDONLY | O_CLOEXEC,
    0,
  );
  p.when(directory, "<", 0, () => {
    say(p, "this kernel has no virtio console driver (CONFIG_VIRTIO_CONSOLE)");
    failed();
  });
  p.syscall("close", directory);

  const pause = p.buffer(16);
  p.store(8, pause, 0);
  p.store(8, at(pause, 8), MILLISECOND);
  const device = p.variable();
  const digits = p.buffer(16);
  const path = p.buffer(LONGEST);
  const length = p.variable();
  const file = p.variable();
  const name = p.buffer(64);
  const found = p.variable();
  const byte = p.variable();
  const build = (before: string, after: string) => {
    p.set(length, 0);
    append(p, path, length, p.text(before));
    append(p, path, length, digits);
    append(p, path, length, p.text(`p${NUMBER}${after}`));
    p.math(length, path, "add", length);
    p.store(1, length, 0);
  };
  p.loop((jumpOut) => {
    p.set(device, 0);
    p.loop((exhausted) => {
      p.when(device, "==", DEVICES, exhausted);
      decimal(p, digits, device);
      build(`${CLASS}/vport`, "/name");
      p.syscallTo(file, "openat", AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
      p.when(file, ">=", 0, () => {
        p.syscallTo(length, "read", file, name, 64);
        p.syscall("close", file);
        p.when(length, "==", NAME.length, () => {
          p.set(found, 1);
          for (const [index, expected] of NAME.entries()) {
            p.load(byte, 1, at(name, index));
            p.when(byte, "!=", expected, () => p.set(found, 0));
          }
          p.when(found, "!=", 0, () => {
            build("/dev/vport", "");
            p.syscallTo(fd, "openat", AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
            p.when(fd, ">=", 0, jumpOut);
          });
        });
      });
      p.math(device, device, "add", 1);
    });
    p.syscall("nanosleep", pause, 0);
  });
}
