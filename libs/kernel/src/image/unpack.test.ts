import { truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomFrom } from "@vimto/linux/testing/random";
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
  note,
  uki,
  vmlinux,
  zboot,
} from "../testing/build.ts";
import { place } from "../testing/place.ts";

describe("facts of a file", () => {
  const inspect = (file: Uint8Array) => inspectKernel(join(place({ kernel: file }), "kernel"));

  test("a bzImage with a kernel that has the PVH note", () => {
    const kernel = vmlinux("6.1.0-test", "virtio_console\0");
    const { facts, unpacked } = inspect(bzImageOf(kernel));
    expect(facts).toMatchObject({
      schema: 3,
      format: "bzImage",
      arch: "x86_64",
      release: "6.1.0-test",
      banner: "Linux version 6.1.0-test (me@here) (gcc) #1 SMP",
      boot: "unpacked",
      compression: "gzip",
      content: expect.stringMatching(/^[0-9a-f]{64}$/),
      source: "strings",
      wrappings: [],
    });
    expect(facts.options).toMatchObject({ VIRTIO_CONSOLE: "builtin", "9P_FS": "not-builtin" });
    expect(unpacked && Buffer.compare(unpacked, kernel)).toBe(0);
  });

  test("a text with a slash is no release", () => {
    const named = (header: string, banner: string) =>
      inspect(bzImageOf(vmlinux(banner), `${header} (me@here) #1 SMP`)).facts.release;
    expect(named("6.1/../../x", "6.1.0-test")).toBe("6.1.0-test");
    expect(named("..", "6.1.0-test")).toBe("6.1.0-test");
    expect(() => named("6.1/../../x", "6.1.0/../x")).toThrow(
      /is in the format of one \(bzImage\) but has no line "Linux version ..."/,
    );
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

  test("an Image boots itself", () => {
    const { facts } = inspect(arm64Image(banner("6.12.1")));
    expect(facts).toMatchObject({ release: "6.12.1", boot: "file", wrappings: [] });
    expect(facts).not.toHaveProperty("content");
  });

  test("a file that is larger than any kernel is not read", () => {
    const path = join(place({ kernel: arm64Image(banner("6.12.1")) }), "kernel");
    truncateSync(path, 3 * 2 ** 30);
    expect(() => inspectKernel(path)).toThrow(
      `kernel "${path}" is not a Linux kernel: it begins as one, but is 3221225472 bytes large; name a Linux kernel`,
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
    ["arm64 EFI zboot", zboot(arm64Image(banner("6.1.0-test")))],
    ["UKI", uki(bzImageOf(vmlinux("6.1.0-test", "x".repeat(500))))],
  ])("%s gives facts or one sentence", (_name, file) => {
    const directory = place();
    const path = join(directory, "kernel");
    const random = randomFrom(21);
    for (let round = 0; round < 200; round++) {
      const changed = file.slice(0, round % 2 === 0 ? random(file.length) : file.length);
      for (let left = random(4); left > 0 && changed.length > 0; left--) {
        changed[random(Math.min(changed.length, 700))] = random(256);
      }
      let outcome: unknown;
      try {
        writeFileSync(path, changed);
        outcome = inspectKernel(path).facts.schema;
      } catch (error) {
        outcome = error;
      }
      if (outcome === 3) continue;
      expect(outcome, `round ${round}`).toBeInstanceOf(KernelError);
      expect(String(outcome), `round ${round}`).toContain(path);
    }
  });
});
