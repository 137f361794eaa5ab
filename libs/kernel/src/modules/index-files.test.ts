import { describe, expect, test } from "vitest";
import { moduleName, parseDep } from "./index-files.ts";

describe("names", () => {
  test.each([
    ["kernel/fs/9p/9p.ko", "9p"],
    ["kernel/drivers/virtio-mem.ko.xz", "virtio_mem"],
    ["a-b.ko.zst", "a_b"],
    ["a.ko.gz", "a"],
    ["a.ko.lz4", undefined],
    ["modules.dep", undefined],
    ["", undefined],
  ])("of %s", (path, name) => {
    expect(moduleName(path)).toBe(name);
  });

  test("in modules.dep", () => {
    const text =
      "kernel/a.ko.xz: kernel/b.ko.xz kernel/c.ko.xz\nkernel/b.ko.xz:\n\nextra/d-e.ko:\n";
    expect([...parseDep(text)]).toEqual([
      ["a", "kernel/a.ko.xz"],
      ["b", "kernel/b.ko.xz"],
      ["d_e", "extra/d-e.ko"],
    ]);
  });
});
