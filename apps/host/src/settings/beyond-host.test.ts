import { expect, test } from "vitest";
import { beyondHost } from "./beyond-host.ts";

const host = { cpus: 2, memoryBytes: 4 * 1024 ** 3, arch: "amd64" } as const;

test("a machine that is larger than its host", () => {
  expect(beyondHost({ cpus: 4, memoryBytes: 8 * 1024 ** 3 }, host)).toEqual([
    "the guest has 4 CPUs, which take turns on the 2 of this host",
    "the guest may use 8G, and this host has 4G: what the guest uses must fit",
  ]);
});

test("one that is not", () => {
  expect(beyondHost({ cpus: 2, memoryBytes: 4 * 1024 ** 3 }, host)).toEqual([]);
});
