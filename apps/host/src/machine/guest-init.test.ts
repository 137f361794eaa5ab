import { expect, test } from "vitest";
import { guestInitEnd, placeAt } from "./guest-init.ts";

const failed = "guest init, which runs the command in the guest, failed: its process";

test.each([
  [
    "relay-in ended, wait status 0x4700",
    `${failed} relay-in ended, as it was sent a frame that it does not know`,
  ],
  [
    "relay-out ended, wait status 0x4a00",
    `${failed} relay-out ended, as the channel or a pipe could not be read or written`,
  ],
  [
    "relay-in ended, wait status 0x0000",
    `${failed} relay-in ended, as the host's end of the channel was closed`,
  ],
  [
    "launch ended, wait status 0x7d00",
    `${failed} launch ended, as it could not start the process of the command`,
  ],
  ["serve ended, wait status 0x0200", `${failed} serve ended with status 2`],
  ["serve ended, wait status 0x0009", `${failed} serve was killed by signal 9`],
  ["there is no memory for scripts", "guest init failed: there is no memory for scripts"],
  [
    "cannot load the kernel module 9p, errno 0x0002",
    "guest init failed: cannot load the kernel module 9p (ENOENT)",
  ],
])("%s", (said, sentence) => {
  expect(guestInitEnd(`[ 1.0] vimto: guest init: ${said}\r`.trimEnd())).toEqual({
    sentence,
    address: undefined,
  });
});

test("a crash has the address of the instruction", () => {
  expect(guestInitEnd("vimto: guest init: serve crashed at 0x00401abc, signal 0x000b")).toEqual({
    sentence: `${failed} serve crashed by signal 11`,
    address: 0x401abc,
  });
});

test("other lines of the console say nothing of it", () => {
  expect(guestInitEnd("Run /init as init process")).toBeUndefined();
});

test("an address belongs to the range that begins at it or below it", () => {
  const places = "401000 a.ts:1\n401010 b.ts:2\n401020 a.ts:3\n";
  const at = (address: number) => placeAt(places, address);
  expect([0x400fff, 0x401000, 0x40100f, 0x401010, 0x409999].map(at)).toEqual([
    undefined,
    "a.ts:1",
    "a.ts:1",
    "b.ts:2",
    "a.ts:3",
  ]);
});
