import { truncateSync } from "node:fs";
import { join } from "node:path";
import { tool } from "@vimto/codec/testing/tools";
import { describe, expect, test } from "vitest";
import { KernelError } from "../error.ts";
import { inspectKernel, kernelRelease } from "../facts.ts";
import {
  arm64Image,
  banner,
  bzImageOf,
  gzipped,
  joined,
  latin1,
  uki,
  vmlinux,
  zboot,
} from "../testing/build.ts";
import { place } from "../testing/place.ts";

const inspect = (file: Uint8Array) => inspectKernel(join(place({ kernel: file }), "kernel"));
const plain = vmlinux("6.1.0-test");
const bzImage = bzImageOf(plain);
const image = arm64Image(banner("6.12.1"));

const programs = [
  ["gzip", ["gzip", "-c"]],
  ["xz", ["xz", "--check=crc32", "-c"]],
  ["zstd", ["zstd", "-q", "-c"]],
  ["lz4", ["lz4", "-l", "-c"]],
  ["lz4", ["lz4", "-c"]],
] as const;

describe.each(programs)("packed by %s as %j does", (wrapping, command) => {
  test.for([
    ["a bzImage", bzImage, plain, { format: "bzImage", compression: "gzip" }],
    ["a bzImage without the PVH note", bzImageOf(vmlinux("6.1.0-test", "", false)), undefined, {}],
    ["a vmlinux", plain, plain, { format: "ELF vmlinux", compression: "none" }],
    ["an arm64 Image", image, image, { format: "arm64 Image", arch: "aarch64" }],
  ] as const)("%s", ([, kernel, boots = kernel, facts], context) => {
    const found = inspect(tool(context, command, kernel));
    expect(found.facts).toMatchObject({ ...facts, boot: "unpacked", wrappings: [wrapping] });
    expect(found.unpacked && Buffer.compare(found.unpacked, boots)).toBe(0);
  });

  test("tells its release", (context) => {
    const path = join(place({ kernel: tool(context, command, bzImage) }), "kernel");
    expect(kernelRelease(path)).toBe("6.1.0-test");
  });

  test("cut at any place is one sentence", (context) => {
    const packed = tool(context, command, bzImage);
    for (const cut of [20, 60, 200, packed.length - 1]) {
      const path = join(place({ kernel: packed.subarray(0, cut) }), "kernel");
      expect(() => inspectKernel(path), `${cut}`).toThrow(
        `kernel "${path}" cannot be unpacked: its ${wrapping} data is cut; build or download it again`,
      );
    }
  });

  test.for([99, 9999])("another file is said to be what is inside", (count, context) => {
    const path = join(
      place({ kernel: tool(context, command, latin1("hello\n".repeat(count))) }),
      "kernel",
    );
    expect(() => inspectKernel(path)).toThrow(
      `kernel "${path}" is not a Linux kernel: unpacked by ${wrapping}, it looks like a text file; name a bzImage, an ELF vmlinux or an arm64 Image`,
    );
  });
});

describe("a large file", () => {
  const refused = (head: Uint8Array, size: number) => {
    const path = join(place({ kernel: head }), "kernel");
    truncateSync(path, size);
    expect(() => inspectKernel(path)).toThrow(KernelError);
    return expect(() => inspectKernel(path));
  };

  test.for([
    ["lz4", "\x02\x21\x4c\x18"],
    ["lz4", "\x04\x22\x4d\x18"],
    ["gzip", "\x1f\x8b\x08"],
    ["xz", "\xfd7zXZ\0"],
    ["zstd", "\x28\xb5\x2f\xfd"],
  ] as const)("that begins as one of %s does is not read", ([, magic]) => {
    refused(latin1(magic), 5 * 2 ** 30).toThrow(
      / is not a Linux kernel: it is 5368709120 bytes large, more than 1073741824; name /,
    );
  });

  test("that lz4 has packed is refused by its first bytes", (context) => {
    for (const command of [
      ["lz4", "-l", "-c"],
      ["lz4", "-c"],
    ] as const) {
      const packed = tool(context, command, latin1("hello\n".repeat(9999)));
      refused(packed, 5 * 2 ** 30).toThrow(/: unpacked by lz4, it looks like a text file; name /);
    }
  });

  test("with a section .linux beyond all bounds is not read", () => {
    const file = uki(bzImage);
    // The second of three section headers; its sizes in memory and in the file.
    const at = 64 + 24 + 112 + 40 + 8;
    for (const size of [at, at + 8]) new DataView(file.buffer).setUint32(size, 2 ** 32 - 512, true);
    refused(file, 5 * 2 ** 30).toThrow(
      /: its section \.linux is 4294966784 bytes large, more than /,
    );
  });
});

describe("around a kernel", () => {
  test("is EFI's zboot", () => {
    const { facts, unpacked } = inspect(zboot(image));
    expect(facts).toMatchObject({
      format: "arm64 EFI zboot",
      boot: "unpacked",
      compression: "gzip",
    });
    expect(unpacked && Buffer.compare(unpacked, image)).toBe(0);
  });

  test.each([
    ["a bzImage", bzImage, plain],
    ["a vmlinuz.efi", zboot(image), image],
    ["a packed Image", gzipped(image), image],
  ])("is a unified kernel image with %s", (_name, kernel, boots) => {
    const { facts, unpacked } = inspect(uki(kernel));
    expect(facts).toMatchObject({ boot: "unpacked", wrappings: expect.arrayContaining(["UKI"]) });
    expect(unpacked && Buffer.compare(unpacked, boots)).toBe(0);
  });

  test("are several things", () => {
    const { facts } = inspect(gzipped(uki(gzipped(image))));
    expect(facts.wrappings).toEqual(["gzip", "UKI", "gzip"]);
    const bottomless = Array.from({ length: 6 }).reduce<Uint8Array>((file) => gzipped(file), image);
    expect(() => inspect(bottomless)).toThrow(
      /unpacked by gzip, it looks like a gzip file; unpack it /,
    );
  });

  test("does not change what it is unpacked to", () => {
    const content = (file: Uint8Array) => inspect(file).facts.content;
    expect(content(gzipped(bzImage))).toBe(content(bzImage));
    expect(content(uki(bzImage))).toBe(content(bzImage));
    expect(content(bzImageOf(vmlinux("6.1.0-test", "x")))).not.toBe(content(bzImage));
  });

  test("other PE files have no kernel", () => {
    const addon = Uint8Array.from(
      Buffer.from(uki(bzImage)).toString("latin1").replace(".linux", ".other"),
      (c) => c.charCodeAt(0),
    );
    expect(() => inspect(addon)).toThrow(
      /is not a Linux kernel: it looks like a DOS or EFI program; name /,
    );
    const path = join(place({ kernel: uki(latin1("hello")) }), "kernel");
    expect(() => inspectKernel(path)).toThrow(
      `kernel "${path}" is not a Linux kernel: its section .linux looks like a text file; name a bzImage, an ELF vmlinux or an arm64 Image`,
    );
  });

  test("a unified kernel image that is cut is one sentence", () => {
    const whole = uki(bzImage);
    const path = join(place({ kernel: whole.subarray(0, 1500) }), "kernel");
    expect(() => inspectKernel(path)).toThrow(
      `kernel "${path}" is cut: its headers speak of ${1024 + bzImage.length} bytes and it has 1500; build or download it again`,
    );
  });

  test("damage inside of it is one sentence", () => {
    const packed = gzipped(bzImage);
    const path = join(
      place({ kernel: packed.with(packed.length - 8, 1 ^ (packed.at(-8) ?? 0)) }),
      "kernel",
    );
    expect(() => inspectKernel(path)).toThrow(
      `kernel "${path}" cannot be unpacked: its gzip data is damaged; build or download it again`,
    );
    const inside = join(place({ kernel: uki(joined(bzImage.subarray(0, 900))) }), "kernel");
    expect(() => inspectKernel(inside)).toThrow(`kernel "${inside}" is cut: its headers speak of `);
  });
});
