import { randomFrom } from "@vimto/linux/testing/random";
import { describe, expect, test } from "vitest";
import { KernelError } from "../error.ts";
import { ko, latin1, moduleFile } from "../testing/build.ts";
import { readModuleInfo } from "./modinfo.ts";

describe("what a module says of itself", () => {
  test("is in its section .modinfo", () => {
    const file = moduleFile([
      "license=GPL",
      "alias=pci:v00001AF4d*",
      "alias=fs-9p",
      "softdep=pre: crc32c-intel  aes post: late-one",
      "softdep=pre: other",
      "depends=virtio-ring,virtio",
      "name=virtio-pci",
      "vermagic=6.1.0-test SMP mod_unload modversions ",
      "no value",
      "",
    ]);
    expect(readModuleInfo(file)).toEqual({
      name: "virtio_pci",
      release: "6.1.0-test",
      machine: "x86_64",
      depends: ["virtio_ring", "virtio"],
      softPre: ["crc32c_intel", "aes", "other"],
      softPost: ["late_one"],
      aliases: ["pci:v00001AF4d*", "fs-9p"],
      license: "GPL",
    });
  });

  test("may be next to nothing", () => {
    expect(readModuleInfo(moduleFile([], 183))).toEqual({
      name: undefined,
      release: undefined,
      machine: "aarch64",
      depends: [],
      softPre: [],
      softPost: [],
      aliases: [],
      license: undefined,
    });
  });

  test.each([
    ["it is no ELF file", latin1("hello")],
    ["it is no 64-bit ELF module", ko("a").with(16, 2)],
    ["it is no 64-bit ELF module", ko("a").with(4, 1)],
    ["it has no section .modinfo", moduleFile(["name=a"], 62, ".data")],
    ["the data ends at byte 30, before the 4 bytes at 32", ko("a").subarray(0, 30)],
  ])("is not there: %s", (message, file) => {
    expect(() => readModuleInfo(file)).toThrow(message);
  });

  test("with headers that point outside is an error", () => {
    const file = ko("a");
    const table = new DataView(file.buffer).getUint32(40, true);
    for (const [offset, size] of [
      [40, 8],
      [60, 2],
      [table + 128 + 24, 8],
      [table + 128 + 32, 8],
      [table + 192 + 24, 8],
    ] as const) {
      const hostile = file.slice();
      hostile.fill(0xff, offset, offset + size);
      expect(() => readModuleInfo(hostile), `${offset}`).toThrow(KernelError);
    }
  });

  test("is an error or as it was when cut or changed anywhere", () => {
    const file = ko("a", "b,c");
    const random = randomFrom(31);
    for (let round = 0; round < 500; round++) {
      const changed = file.slice(0, round % 2 === 0 ? random(file.length) : file.length);
      changed[random(changed.length)] = random(256);
      try {
        readModuleInfo(changed);
      } catch (error) {
        expect(error, `round ${round}`).toBeInstanceOf(KernelError);
      }
    }
  });
});
