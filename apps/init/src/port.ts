import { existsSync, openSync, readdirSync, readFileSync } from "node:fs";

const CLASS = "/sys/class/virtio-ports";
/** The name that the host gives the port on QEMU's command line. */
const NAME = "vimto\n";
const MILLISECONDS = 1;

/**
 * Opens the virtio-serial port of the channel, blocking, for the relays alone. The driver makes ports
 * when the host's control messages arrive, so this waits for it; without the driver it throws.
 */
export function openPort(): number {
  if (!existsSync(CLASS))
    throw new Error("this kernel has no virtio console driver (CONFIG_VIRTIO_CONSOLE)");
  for (;;) {
    for (const port of readdirSync(CLASS)) {
      const path = `/dev/${port}`;
      if (existsSync(path) && nameOf(port) === NAME) return openSync(path, "r+");
    }
    Bun.sleepSync(MILLISECONDS);
  }
}

/** The name arrives after the port itself: no file yet, or an empty one, is no answer. */
function nameOf(port: string): string {
  try {
    return readFileSync(`${CLASS}/${port}/name`, "utf8");
  } catch {
    return "";
  }
}
