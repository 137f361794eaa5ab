import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { KernelError } from "../error.ts";
import { inspectKernel } from "../facts.ts";
import {
  arm64Image,
  banner,
  bzImage,
  bzImageOf,
  elf,
  gzipped,
  joined,
  latin1,
  moduleFile,
  note,
  vmlinux,
} from "../testing/build.ts";
import { place } from "../testing/place.ts";
import { integer, seeded } from "../testing/random.ts";
import { whileUnreadable } from "../testing/unprivileged.ts";
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

  test("an arm64 Image, and the same with gzip", () => {
    expect(seen(arm64Image("code"))).toEqual({ format: "arm64 Image", arch: "aarch64" });
    const packed = gzipped(arm64Image("code"));
    expect(seen(packed)).toEqual({ format: "arm64 Image.gz", arch: "aarch64" });
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
    [
      "a Debian package",
      latin1("!<arch>\ndebian-binary   "),
      "unpack it with dpkg -x and name the directory",
    ],
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
      'kernel "k" is built for aarch64, but the machine to boot is x86_64; name a kernel built for x86_64',
    );
  });
});

describe("a path that cannot be read", () => {
  test("is missing", () => {
    const path = join(place(), "vmlinuz");
    expect(() => inspectKernel(path)).toThrow(`kernel "${path}" does not exist; check the path`);
    expect(() => inspectKernel(join(place({ a: "a" }), "a/b"))).toThrow(
      /^kernel ".*\/a\/b" does not exist; check the path$/,
    );
  });

  test("may not be read", () => {
    const path = join(place({ vmlinuz: bzImage() }), "vmlinuz");
    expect(() => whileUnreadable(path, () => inspectKernel(path))).toThrow(
      `kernel "${path}" may not be read by this user (EACCES); let root run chmod a+r on it, or name another kernel`,
    );
  });

  test("is a directory", () => {
    const path = place();
    expect(() => inspectKernel(path)).toThrow(
      `kernel "${path}" is a directory; name the kernel file in it`,
    );
  });

  test("is empty", () => {
    const path = join(place({ vmlinuz: "" }), "vmlinuz");
    expect(() => inspectKernel(path)).toThrow(
      `kernel "${path}" is empty (0 bytes); build or download it again`,
    );
  });

  test("is a device", () => {
    expect(() => inspectKernel("/dev/null")).toThrow(
      'kernel "/dev/null" is not a regular file; name one',
    );
  });

  test("is shown on one line", () => {
    const path = join(place(), 'a "b"\nc\u202e');
    mkdirSync(path);
    expect(() => inspectKernel(path)).toThrow(
      `${JSON.stringify(path).replace("\u202e", "\\u{202e}")} is a directory; name the kernel file in it`,
    );
  });
});

describe("facts of a file", () => {
  const inspect = (file: Uint8Array) => inspectKernel(join(place({ kernel: file }), "kernel"));

  test("a bzImage with a kernel that has the PVH note", () => {
    const kernel = vmlinux("6.1.0-test", "virtio_console\0");
    const { facts, unpacked } = inspect(bzImageOf(kernel));
    expect(facts).toMatchObject({
      schema: 1,
      format: "bzImage",
      arch: "x86_64",
      release: "6.1.0-test",
      banner: "Linux version 6.1.0-test (me@here) (gcc) #1 SMP",
      boot: "unpacked",
      compression: "gzip",
      source: "strings",
    });
    expect(facts.options).toMatchObject({ VIRTIO_CONSOLE: "builtin", "9P_FS": "not-builtin" });
    expect(unpacked && Buffer.compare(unpacked, kernel)).toBe(0);
  });

  test("a bzImage with a kernel that has no PVH note boots itself", () => {
    const { facts, unpacked } = inspect(bzImageOf(vmlinux("6.1.0-test", "", false)));
    expect(facts.boot).toBe("file");
    expect(unpacked).toBeUndefined();
  });

  test.each([
    ["its payload is not compressed in a known way", new Uint8Array(64)],
    ["its payload is no ELF file", gzipped(latin1("hello"))],
    ["its payload is no x86-64 kernel", gzipped(elf({ machine: 183 }))],
    ["its payload is a cut ELF file", gzipped(vmlinux("6.1").subarray(0, 190))],
    ["its gzip data is cut", joined(gzipped(latin1("hello")).subarray(0, 12), "\x05\0\0\0")],
    ["it claims to be 1073741824 bytes large", joined("\x1f\x8b\x08\0", "\0\0\0\x40")],
  ])("a bzImage of which %s boots itself", (reason, payload) => {
    const { facts, unpacked } = inspect(bzImage({ payload }));
    expect(facts).toMatchObject({
      release: "6.1.0-test",
      boot: "file",
      notUnpacked: reason,
      source: "none",
      options: {},
    });
    expect(unpacked).toBeUndefined();
  });

  test("a vmlinux with and without the PVH note", () => {
    expect(inspect(vmlinux("6.1.0-test")).facts.boot).toBe("file");
    expect(inspect(vmlinux("6.1.0-test", "", false)).facts.boot).toBe("nothing");
    expect(inspect(vmlinux("6.1.0-test")).unpacked).toBeUndefined();
  });

  test("notes that are cut are no notes", () => {
    const whole = note("Xen", 18, new Uint8Array(8));
    for (let cut = 0; cut <= whole.length; cut++) {
      const segments = [
        { type: 1, content: latin1(banner("6.1.0-test")) },
        { type: 4, content: joined(note("GNU", 3, new Uint8Array(3)), whole.subarray(0, cut)) },
      ];
      const { boot } = inspect(elf({ segments })).facts;
      expect(boot, `${cut}`).toBe(cut === whole.length ? "file" : "nothing");
    }
  });

  test("an arm64 vmlinux becomes the Image that it is made of", () => {
    const image = arm64Image(banner("6.12.1"));
    const file = elf({
      type: 3,
      machine: 183,
      segments: [
        { type: 1, content: image.subarray(512), address: 0xffff800008000200n },
        { type: 1, content: image.subarray(0, 512), address: 0xffff800008000000n },
      ],
    });
    const { facts, unpacked } = inspect(file);
    expect(facts).toMatchObject({ arch: "aarch64", boot: "unpacked", release: "6.12.1" });
    expect(unpacked && Buffer.compare(unpacked, image)).toBe(0);
  });

  test("an arm64 vmlinux whose addresses are absurd", () => {
    const segments = [0n, 0xffff800008000000n].map((address) => ({
      type: 1,
      content: latin1(banner("6.12.1")),
      address,
    }));
    const { facts } = inspect(elf({ type: 3, machine: 183, segments }));
    expect(facts.boot).toBe("nothing");
    expect(facts.notUnpacked).toMatch(/^its segments span \d+ bytes$/);
  });

  test("an Image, Image.gz and EFI zboot of one kernel", () => {
    const image = arm64Image(banner("6.12.1"));
    expect(inspect(image).facts).toMatchObject({ release: "6.12.1", boot: "file" });
    const packed = inspect(gzipped(image));
    expect(packed.facts).toMatchObject({ release: "6.12.1", boot: "unpacked" });
    expect(packed.unpacked && Buffer.compare(packed.unpacked, image)).toBe(0);
  });

  test("an Image.gz that is cut", () => {
    const packed = gzipped(arm64Image(banner("6.12.1")));
    const path = join(place({ kernel: packed.subarray(0, packed.length - 9) }), "kernel");
    expect(() => inspectKernel(path)).toThrow(
      `kernel "${path}" cannot be unpacked: its gzip data is cut; build or download it again`,
    );
  });

  test("other systems use the same formats", () => {
    const image = join(place({ kernel: arm64Image("FreeBSD") }), "kernel");
    expect(() => inspectKernel(image)).toThrow(
      `kernel "${image}" is not a Linux kernel: it is in the format of one (arm64 Image) but has no line "Linux version ..."; name a Linux kernel`,
    );
    const program = elf({ segments: [{ type: 1, content: latin1("a static program") }] });
    const path = join(place({ kernel: program }), "kernel");
    expect(() => inspectKernel(path)).toThrow(
      `kernel "${path}" is not a Linux kernel: it looks like an ELF executable for user space; name a bzImage, an ELF vmlinux or an arm64 Image`,
    );
  });
});

describe("files cut and changed at random places", () => {
  test.each([
    ["bzImage", bzImageOf(vmlinux("6.1.0-test", "x".repeat(500)))],
    ["vmlinux", vmlinux("6.1.0-test", "x".repeat(500))],
    ["arm64 Image", arm64Image(banner("6.1.0-test"))],
    ["arm64 Image.gz", gzipped(arm64Image(banner("6.1.0-test")))],
  ])("%s gives facts or one sentence", (_name, file) => {
    const directory = place();
    const path = join(directory, "kernel");
    const random = seeded(21);
    for (let round = 0; round < 200; round++) {
      const changed = file.slice(0, round % 2 === 0 ? integer(random, file.length) : file.length);
      for (let left = integer(random, 4); left > 0 && changed.length > 0; left--) {
        changed[integer(random, Math.min(changed.length, 700))] = integer(random, 256);
      }
      let outcome: unknown;
      try {
        writeFileSync(path, changed);
        outcome = inspectKernel(path).facts.schema;
      } catch (error) {
        outcome = error;
      }
      if (outcome === 1) continue;
      expect(outcome, `round ${round}`).toBeInstanceOf(KernelError);
      expect(String(outcome), `round ${round}`).toContain(path);
    }
  });
});
