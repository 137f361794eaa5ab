import { expect, test } from "vitest";
import { beyondHost, beyondKernel } from "./beyond-host.ts";

const host = { cpus: 2, memoryBytes: 4 * 1024 ** 3, limited: false, arch: "amd64" } as const;

test("a machine that is larger than its host", () => {
  expect(beyondHost({ cpus: 4, memoryBytes: 8 * 1024 ** 3 }, host)).toEqual([
    "the guest has 4 CPUs, which take turns on the 2 of this host",
    "the guest may use 8G, and this host has 4G: what the guest uses must fit",
  ]);
});

test("one that is not", () => {
  expect(beyondHost({ cpus: 2, memoryBytes: 4 * 1024 ** 3 }, host)).toEqual([]);
});

test("a kernel that brings up fewer CPUs", () => {
  const sentence = (wanted: number, cpus: number | undefined) =>
    beyondKernel({ cpus: wanted }, { text: "./vmlinuz", cpus });
  expect([sentence(2, 2), sentence(2, undefined), sentence(2, 8192)]).toEqual([[], [], []]);
  const few = (what: string) =>
    `the kernel "./vmlinuz" brings up no more than ${what} (CONFIG_NR_CPUS), and not the 4 that smp asks for`;
  expect(sentence(4, 2)).toEqual([few("2 CPUs")]);
  expect(sentence(4, 1)).toEqual([few("one CPU")]);
});
