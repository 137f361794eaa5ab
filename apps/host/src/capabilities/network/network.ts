import {
  AF_INET,
  AT_FDCWD,
  IFF_UP,
  O_CLOEXEC,
  O_CREAT,
  O_WRONLY,
  RTF_GATEWAY,
  RTF_UP,
  SIOCADDRT,
  SIOCSIFADDR,
  SIOCSIFFLAGS,
  SIOCSIFNETMASK,
  SOCK_DGRAM,
} from "@vimto/linux";
import { type Forward, listening, userNetwork } from "@vimto/qemu";
import { KEPT } from "@vimto/script";
import type { GuestScript } from "../../steps.ts";
import type { Capability } from "../capability.ts";
import { writeSetting } from "../write-setting.ts";
import { hostsText, type NetworkFiles, resolvConfText } from "./files.ts";
import { ifreq, ipv4, rtentry } from "./requests.ts";

export type NetworkInputs = {
  /** Only the forwards lead in or out. */
  readonly restrict: boolean;
  readonly forwards: readonly Forward[];
  readonly hostname: string;
  /** As they are on the host. */
  readonly files: NetworkFiles;
  /** What lies over the host's root. */
  readonly upper: string;
};

/** The kernel's name of the first Ethernet interface: nothing in the guest gives it another. */
const INTERFACE = "eth0";
const GUEST = "10.0.2.15";
const NETMASK = "255.255.255.0";
export const GATEWAY = "10.0.2.2";
export const GATEWAY6 = "fec0::2";

/**
 * Interface, address, route and name server, as QEMU's DHCP server would give them, but at once and without a
 * client in the guest. The IPv6 address fec0::/64 comes by itself, from QEMU's router advertisement; nothing
 * waits for it. All of this happens before hello, so that clones start with it.
 */
export const network = ({
  restrict,
  forwards,
  hostname,
  files,
  upper,
}: NetworkInputs): Capability => ({
  name: "network",
  devices: [userNetwork(restrict)],
  runDevices: [userNetwork(restrict, forwards)],
  boot: (script) => {
    askForIpv6AtOnce(script);
    configure(script);
    writeFile(script, `${upper}/etc/resolv.conf`, resolvConfText(files.resolvConf));
    writeFile(script, `${upper}/etc/hosts`, hostsText(files.hosts, hostname));
  },
  announce: async (qmp) => {
    if (forwards.every(({ port }) => port !== 0)) return [];
    const named = new Set(forwards.map((forward) => JSON.stringify(forward)));
    const chosen = (await listening(qmp)).filter((forward) => !named.has(JSON.stringify(forward)));
    return chosen.map(
      ({ protocol, address, port, guestPort }) =>
        `${protocol} port ${port} of ${address} leads to port ${guestPort} of the guest`,
    );
  },
  template: "own",
});

/** The guest waits neither for another host with its address nor before it asks for a router. */
function askForIpv6AtOnce(script: GuestScript): void {
  for (const name of ["accept_dad", "router_solicitation_delay"])
    writeSetting(script, `/proc/sys/net/ipv6/conf/${INTERFACE}/${name}`, "0");
}

function configure(script: GuestScript): void {
  const step = `configure-network ${INTERFACE}` as const;
  const requests: readonly (readonly [number, Uint8Array])[] = [
    [SIOCSIFADDR, ifreq(INTERFACE, ipv4(GUEST))],
    [SIOCSIFNETMASK, ifreq(INTERFACE, ipv4(NETMASK))],
    [SIOCSIFFLAGS, ifreq(INTERFACE, Uint8Array.of(IFF_UP, 0))],
    [SIOCADDRT, rtentry(ipv4(GATEWAY), RTF_UP | RTF_GATEWAY)],
  ];
  script.call(step, "socket", [AF_INET, SOCK_DGRAM | O_CLOEXEC, 0], { keep: true });
  for (const [request, bytes] of requests) script.call(step, "ioctl", [KEPT, request, bytes]);
  script.call(step, "close", [KEPT]);
}

/** `text` has a byte a character, as it was read. */
function writeFile(script: GuestScript, path: string, text: string): void {
  const bytes = Buffer.from(text, "latin1");
  const directory = path.slice(0, path.lastIndexOf("/"));
  script.call(`make-directory ${directory}`, "mkdirat", [AT_FDCWD, directory, 0o755], {
    failure: "ignore",
  });
  const step = `write ${path}` as const;
  script.call(step, "openat", [AT_FDCWD, path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644], {
    keep: true,
  });
  script.call(step, "write", [KEPT, bytes, bytes.length]);
  script.call(step, "close", [KEPT]);
}
