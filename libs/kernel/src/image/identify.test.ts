import { describe, expect, test } from "vitest";
import { arm64Image, bzImage, elf, gzipped, joined, latin1, moduleFile } from "../testing/build.ts";
import { identify } from "./identify.ts";

const seen = (bytes: Uint8Array) => identify("k", bytes, bytes.length);

describe("what a file is", () => {
  test("a bzImage", () => {
    expect(seen(bzImage())).toEqual({
      format: "bzImage",
      arch: "x86_64",
      release: "6.1.0-test",
      payload: { offset: 1024, length: 64 },
    });
  });

  test("a bzImage whose header says 0 setup sectors, which are 4", () => {
    expect(seen(bzImage({ setupSectors: 0 })).payload).toEqual({ offset: 2560, length: 64 });
  });

  test("a bzImage of a boot protocol that knows no payload", () => {
    expect(seen(bzImage({ protocol: 0x207 })).payload).toBeUndefined();
  });

  test("a bzImage of a boot protocol that does not tell 32 from 64 bits", () => {
    expect(seen(bzImage({ protocol: 0x20b, loadFlags: 0 })).arch).toBe("x86_64");
  });

  test("a bzImage without a version", () => {
    expect(seen(bzImage({ version: "" })).release).toBeUndefined();
  });

  test("an x86-64 vmlinux, of which symbols and debug information are not needed", () => {
    const file = elf({
      segments: [{ type: 1, content: latin1("code") }],
      sections: [{ name: ".debug_info", content: new Uint8Array(1000) }],
    });
    expect(seen(file)).toEqual({ format: "ELF vmlinux", arch: "x86_64", needed: 124 });
  });

  test("an arm64 vmlinux, which is linked as a shared object", () => {
    const file = elf({ type: 3, machine: 183, segments: [{ type: 1, content: latin1("code") }] });
    expect(seen(file)).toMatchObject({ format: "ELF vmlinux", arch: "aarch64" });
  });

  test("an arm64 Image", () => {
    expect(seen(arm64Image("code"))).toEqual({ format: "arm64 Image", arch: "aarch64" });
  });

  test("an arm64 kernel that unpacks itself by EFI", () => {
    const head = new Uint8Array(128);
    head.set(latin1("MZ\0\0zimg\x80\0\0\0\x04\0\0\0\0\0\0\0\0\0\0\0gzip\0"));
    head.set([64, 0, 0, 0], 60);
    head.set(latin1("PE\0\0\x64\xaa"), 64);
    expect(seen(joined(head, "data"))).toEqual({
      format: "arm64 EFI zboot",
      arch: "aarch64",
      payload: { offset: 128, length: 4 },
    });
  });
});

describe("a file that is too short", () => {
  const message = (extent: number, size: number) =>
    `kernel "k" is cut: its headers speak of ${extent} bytes and it has ${size}; build or download it again`;

  test.each([
    ["a bzImage", bzImage(), 1000, 1088],
    ["an arm64 Image", arm64Image("code"), 514, 516],
    [
      "a vmlinux, in a segment",
      elf({ segments: [{ type: 1, content: new Uint8Array(99) }] }),
      150,
      219,
    ],
    ["a vmlinux, in its section headers", moduleless(), 200, 363],
    [
      "a vmlinux, in its program headers",
      elf({ segments: [{ type: 1, content: new Uint8Array(9) }] }),
      100,
      120,
    ],
  ] as const)("%s", (_name, file, size, extent) => {
    expect(() => seen(file.subarray(0, size))).toThrow(message(extent, size));
  });

  test.each([
    ["sizes", { protectedSize: 0xffffffff }, 1024 + 0xffffffff * 16 - 15],
    ["setup sectors", { setupSectors: 255, protectedSize: 0xfffff }, 256 * 512 + 0xfffff * 16 - 15],
    ["a payload offset", { payloadOffset: 0xffffffff, payloadLength: 0 }, 1024 + 0xffffffff],
    ["a payload length", { payloadLength: 0xffffffff }, 1024 + 0xffffffff],
    [
      "a payload beyond all numbers",
      { payloadOffset: 0xffffffff, payloadLength: 0xffffffff },
      1024 + 2 * 0xffffffff,
    ],
  ] as const)("a bzImage with huge %s", (_name, parts, extent) => {
    const file = bzImage(parts);
    expect(() => seen(file)).toThrow(message(extent, file.length));
  });

  test("a vmlinux with tables beyond all numbers", () => {
    const file = elf({ segments: [{ type: 1, content: new Uint8Array(99) }] });
    for (const offset of [32, 40]) {
      const hostile = file.slice();
      hostile.fill(0xff, offset, offset + 8);
      hostile.fill(0xff, 56, 62);
      expect(() => seen(hostile)).toThrow(/^kernel "k" is cut: /);
    }
  });
});

function moduleless(): Uint8Array {
  return elf({
    segments: [{ type: 1, content: latin1("code") }],
    sections: [{ name: ".text", content: new Uint8Array(30) }],
  });
}

describe("a file of another kind", () => {
  const fallback = "name a bzImage, an ELF vmlinux or an arm64 Image";
  const unpack = "unpack it and name what was in it";
  const tar = new Uint8Array(512);
  tar.set(latin1("ustar"), 257);
  const interpreter = { type: 3, content: latin1("/lib64/ld-linux-x86-64.so.2\0") };
  const code = { type: 1, content: latin1("code") };

  test.each([
    ["a gzip file", gzipped(latin1("hello")), unpack],
    ["an xz file", latin1("\xfd7zXZ\0\0\x04"), unpack],
    ["a zstd file", latin1("\x28\xb5\x2f\xfd\x04"), unpack],
    ["a bzip2 file", latin1("BZh91AY&SY"), unpack],
    ["a tar archive", tar, unpack],
    ["a cpio archive (an initramfs)", latin1("070701000000"), fallback],
    ["a Debian package", latin1("!<arch>\ndebian-binary   "), "name the package itself"],
    ["a script", latin1("#!/bin/sh\necho hello\n"), fallback],
    ["a text file", latin1("CONFIG_X=y\n\tand more\n"), fallback],
    ["a DOS or EFI program", joined("MZ", new Uint8Array(600)), fallback],
    ["nothing but zero bytes", new Uint8Array(4096), fallback],
    [
      "unknown data that begins with the bytes 01 02 03 04",
      new Uint8Array([1, 2, 3, 4, 5]),
      fallback,
    ],
    ["unknown data that begins with the bytes 07", new Uint8Array([7]), fallback],
    ["the beginning of an ELF file", elf().subarray(0, 40), fallback],
    ["an ELF executable for user space", elf({ segments: [interpreter, code] }), fallback],
    ["an ELF executable for user space", elf({ type: 3, segments: [interpreter, code] }), fallback],
    ["a kernel module or an object file", moduleFile(["name=a"]), fallback],
    ["a core dump", elf({ type: 4, segments: [code] }), fallback],
  ] as const)("looks like %s", (what, file, mend) => {
    expect(() => seen(file)).toThrow(
      `kernel "k" is not a Linux kernel: it looks like ${what}; ${mend}`,
    );
  });

  test.each([
    ["i386", bzImage({ loadFlags: 0 })],
    ["riscv64", elf({ machine: 243, segments: [code] })],
    ["machine 4242", elf({ machine: 4242, segments: [code] })],
    [
      "s390x",
      elf({ machine: 22, segments: [code] })
        .with(5, 2)
        .with(18, 0)
        .with(19, 22)
        .with(16, 0)
        .with(17, 2),
    ],
    ["big-endian aarch64", arm64Image("code", 1)],
  ])("built for %s", (arch, file) => {
    expect(() => seen(file)).toThrow(
      `kernel "k" is built for ${arch}; vimto boots kernels for x86_64 and aarch64`,
    );
  });

  test("built for another processor than the machine", () => {
    const file = arm64Image("code");
    expect(() => identify("k", file, file.length, "x86_64")).toThrow(
      'kernel "k" is built for aarch64, but the machine to boot is x86_64; name a kernel built for x86_64, or give --arch arm64',
    );
  });
});
