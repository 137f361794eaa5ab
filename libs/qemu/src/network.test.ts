import { expect, test } from "vitest";
import { listening, userNetwork } from "./network.ts";

const device = "virtio-net-pci,id=network-device,netdev=network,addr=0x4,romfile=";

test("an interface on QEMU's user network", () => {
  const forwards = [
    { protocol: "tcp", address: "127.0.0.1", port: 8080, guestPort: 80 },
    { protocol: "udp", address: "0.0.0.0", port: 0, guestPort: 53 },
  ] as const;
  expect(userNetwork(false).qemu).toEqual(["-netdev", "user,id=network", "-device", device]);
  expect(userNetwork(true, forwards).qemu).toEqual([
    "-netdev",
    "user,id=network,restrict=on,hostfwd=tcp:127.0.0.1:8080-:80,hostfwd=udp:0.0.0.0:0-:53",
    "-device",
    device,
  ]);
});

test("the ports that QEMU listens on", async () => {
  // What QEMU 7.2 printed, with a connection beside the forwards.
  const text = [
    "Hub -1 (network):",
    "  Protocol[State]    FD  Source Address  Port   Dest. Address  Port RecvQ SendQ",
    "  TCP[ESTABLISHED]   15       10.0.2.15 54722       127.0.0.1 35301     0     0",
    "  TCP[HOST_FORWARD]  12       127.0.0.1 42833       10.0.2.15  8080     0     0",
    "  UDP[HOST_FORWARD]  13               * 40477       10.0.2.15    53     0     0",
    "",
  ].join("\r\n");
  const qmp = { execute: () => Promise.resolve(text) };
  expect(await listening(qmp)).toEqual([
    { protocol: "tcp", address: "127.0.0.1", port: 42833, guestPort: 8080 },
    { protocol: "udp", address: "0.0.0.0", port: 40477, guestPort: 53 },
  ]);
});
