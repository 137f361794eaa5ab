import { type Device, device } from "./device.ts";
import { option } from "./option.ts";
import type { Qmp } from "./qmp/client.ts";
import { unexpected } from "./qmp/commands.ts";
import { hex, slots } from "./slots.ts";

/** A port of the host that leads to one of the guest. */
export type Forward = {
  readonly protocol: "tcp" | "udp";
  /** An IPv4 address of the host. */
  readonly address: string;
  /** 0: a free one, which QEMU chooses. */
  readonly port: number;
  readonly guestPort: number;
};

/**
 * One virtio-net interface on QEMU's user network (QEMU's manual, "Using the user mode network stack"): the
 * guest is 10.0.2.15, QEMU is its gateway 10.0.2.2 and its name server 10.0.2.3. With `restrict` only the
 * forwards lead in or out. The forwards do not shape the machine.
 */
export function userNetwork(restrict: boolean, forwards: readonly Forward[] = []): Device {
  return device([
    "-netdev",
    option(
      ["user"],
      ["id", "network"],
      ...(restrict ? [["restrict", "on"] as const] : []),
      ...forwards.map(
        ({ protocol, address, port, guestPort }) =>
          ["hostfwd", `${protocol}:${address}:${port}-:${guestPort}`] as const,
      ),
    ),
    "-device",
    option(
      ["virtio-net-pci"],
      ["id", "network-device"],
      ["netdev", "network"],
      ["addr", hex(slots.network)],
      // No ROM to boot from the network.
      ["romfile", ""],
    ),
  ]);
}

/** TCP[HOST_FORWARD]  12  127.0.0.1 42345  10.0.2.15 80  0 0 */
const FORWARD = /^\s*(TCP|UDP)\[HOST_FORWARD\]\s+\d+\s+(\S+)\s+(\d+)\s+\S+\s+(\d+)\s/gm;

/**
 * The forwards of a machine with a user network, with the ports that QEMU listens on, in its order. QMP has no
 * other way to ask (QEMU's net/slirp.c, hmp_info_usernet). Rejects as Qmp.execute.
 */
export async function listening(qmp: Pick<Qmp, "execute">): Promise<Forward[]> {
  const command = "human-monitor-command";
  const text = await qmp.execute(command, { "command-line": "info usernet" });
  if (typeof text !== "string") throw unexpected(command, text);
  return [...text.matchAll(FORWARD)].map(([, protocol, address = "", port, guestPort]) => ({
    protocol: protocol === "UDP" ? "udp" : "tcp",
    address: address === "*" ? "0.0.0.0" : address,
    port: Number(port),
    guestPort: Number(guestPort),
  }));
}
