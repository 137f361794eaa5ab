import { AF_INET } from "@vimto/linux";

/** struct sockaddr_in of an address without a port (ip(7)): family, port, address, 8 bytes of nothing. */
export function ipv4(address: string): Uint8Array {
  const bytes = new Uint8Array(16);
  bytes[0] = AF_INET;
  bytes.set(address.split(".").map(Number), 4);
  return bytes;
}

/** struct ifreq (netdevice(7)): the interface's name in 16 bytes, and what the request takes. */
export function ifreq(name: string, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(40);
  bytes.set(new TextEncoder().encode(name));
  bytes.set(value, 16);
  return bytes;
}

/** Offsets in struct rtentry on 64-bit machines (include/uapi/linux/route.h). */
const RTENTRY = { bytes: 120, dst: 8, gateway: 24, genmask: 40, flags: 56 } as const;

/** struct rtentry of the default route by this gateway. */
export function rtentry(gateway: Uint8Array, flags: number): Uint8Array {
  const bytes = new Uint8Array(RTENTRY.bytes);
  bytes.set(ipv4("0.0.0.0"), RTENTRY.dst);
  bytes.set(gateway, RTENTRY.gateway);
  bytes.set(ipv4("0.0.0.0"), RTENTRY.genmask);
  bytes[RTENTRY.flags] = flags;
  return bytes;
}
