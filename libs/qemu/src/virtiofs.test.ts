import { expect, test } from "vitest";
import { Qmp } from "./qmp/client.ts";
import { plugFileServers, plugPorts } from "./virtiofs.ts";

test("one port for up to 8 servers, three for more", () => {
  expect(plugPorts(0).qemu).toEqual(plugPorts(8).qemu);
  expect(plugPorts(9).qemu.filter((word) => word.startsWith("pcie"))).toEqual([
    "pcie-root-port,id=plug0,chassis=1,addr=0x5",
    "pcie-root-port,id=plug1,chassis=2,addr=0x6",
    "pcie-root-port,id=plug2,chassis=3,addr=0x7",
  ]);
});

test("function 0 of a port is plugged in last", async () => {
  const sent: { arguments: Record<string, unknown> }[] = [];
  let hear: (bytes: Uint8Array) => void = () => {};
  const say = (value: unknown) => hear(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
  const opening = Qmp.open({
    write: (bytes) => {
      const command = JSON.parse(new TextDecoder().decode(bytes));
      if (command.execute === "device_add") sent.push(command);
      queueMicrotask(() => say({ return: {}, id: command.id }));
    },
    onData: (listener) => {
      hear = listener;
    },
    onClose: () => {},
  });
  say({ QMP: { version: { qemu: { micro: 22, minor: 2, major: 7 } }, capabilities: [] } });
  const tags = Array.from({ length: 9 }, (_, index) => `share${index}`);
  await plugFileServers(await opening, tags);
  expect(sent.map(({ arguments: { tag, bus, addr } }) => `${tag} ${bus} ${addr}`)).toEqual([
    "share8 plug1 0x0.0x0",
    "share7 plug0 0x0.0x7",
    "share6 plug0 0x0.0x6",
    "share5 plug0 0x0.0x5",
    "share4 plug0 0x0.0x4",
    "share3 plug0 0x0.0x3",
    "share2 plug0 0x0.0x2",
    "share1 plug0 0x0.0x1",
    "share0 plug0 0x0.0x0",
  ]);
  expect(sent[0]?.arguments).toEqual({
    driver: "vhost-user-fs-pci",
    id: "fs-share8-device",
    chardev: "fs-share8",
    tag: "share8",
    bus: "plug1",
    addr: "0x0.0x0",
    multifunction: true,
  });
});
