import { isIPv4 } from "node:net";
import type { Forward } from "@vimto/qemu";
import { quoted, UserError } from "./user-error.ts";

const LOOPBACK = "127.0.0.1";
const EVERYWHERE = "0.0.0.0";

/**
 * Reads `[ADDR:]PORT:PORT[/udp]`, the host's part first, as containers have it.
 *
 * @param name what a sentence calls the value, such as "--publish"
 * @throws UserError bad-value
 */
export function parsePublish(text: string, name: string): Forward {
  const bad = (why: string) =>
    new UserError(
      "bad-value",
      `${name} ${quoted(text)} ${why}; write for example 8080:80, 0:80 or 127.0.0.1:5353:53/udp`,
    );
  const match = /^(?:(.*):)?(\d{1,5}):(\d{1,5})(?:\/(tcp|udp))?$/.exec(text);
  if (match === null) throw bad("is not [ADDRESS:]PORT:PORT[/udp]");
  const [, address = LOOPBACK, port, guestPort, protocol] = match;
  if (!isIPv4(address)) throw bad(`has ${quoted(address)} for an IPv4 address of the host`);
  if (Number(port) > 65_535 || Number(guestPort) > 65_535) throw bad("has a port above 65535");
  if (Number(guestPort) === 0) throw bad("has port 0 of the guest, where nothing can listen");
  return {
    protocol: protocol === "udp" ? "udp" : "tcp",
    address,
    port: Number(port),
    guestPort: Number(guestPort),
  };
}

/** Whether two forwards conflict: they listen on one port, and on one address or on all. */
export const collide = (a: Forward, b: Forward): boolean =>
  a.protocol === b.protocol &&
  a.port === b.port &&
  a.port !== 0 &&
  (a.address === b.address || a.address === EVERYWHERE || b.address === EVERYWHERE);
