import { Script } from "@vimto/script";
import { expect, test } from "vitest";
import { listing } from "../../../../../libs/script/src/testing/listing.ts";
import type { Step } from "../../steps.ts";
import { lateProcessors } from "./late-processors.ts";

const stale = {
  architecture: "x86_64",
  accelerator: "tcg",
  version: { major: 7, minor: 2, micro: 22 },
} as const;

test("the kernel starts with one, and brings up the others at the end of the boot", () => {
  const capability = lateProcessors(stale, 3, ["quiet"]);
  expect(capability?.devices).toEqual([{ qemu: [], kernel: ["maxcpus=1"] }]);
  const script = new Script<Step>("x86_64");
  capability?.boot?.(script);
  const calls = listing(script, "x86_64").join("\n");
  expect(calls.match(/"\/sys\/[^"]*"/g)).toEqual([
    '"/sys/devices/system/cpu/cpu1/online"',
    '"/sys/devices/system/cpu/cpu2/online"',
  ]);
});

test.each([
  ["one processor", stale, 1, []],
  ["KVM", { ...stale, accelerator: "kvm" }, 2, []],
  ["a newer QEMU", { ...stale, version: { major: 8, minor: 1, micro: 0 } }, 2, []],
  ["a number of the user's", stale, 4, ["quiet maxcpus=2"]],
  ["one processor of the user's", stale, 4, ["nosmp"]],
] as const)("not with %s", (_name, emulation, cpus, append) => {
  expect(lateProcessors(emulation, cpus, append)).toBeUndefined();
});
