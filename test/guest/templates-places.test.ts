import { describe, expect, test } from "vitest";
import { anyKernel, compare, PrivateMount, startedBy, vimto } from "../harness/index.ts";

const kernel = anyKernel();
const right = { status: 3, stdout: "Linux\n" };
const guest = "cat /proc/sys/kernel/ostype; exit 3";
const run = (place: PrivateMount, flags: readonly string[] = []) =>
  startedBy(kernel, guest, { cache: place.directory, under: place.under(), flags });
const templates = (place: PrivateMount) => place.shell("ls -A vimto/templates 2>/dev/null || true");

/** Without --verbose, as its sentence is all that it may say. */
const plain = (place: PrivateMount) =>
  vimto(["--kernel", kernel, "exec", "true"], { cache: place.directory, under: place.under() });

describe("a cache on a tmpfs", () => {
  test("keeps templates", async () => {
    await using place = await PrivateMount.tmpfs("size=1G");
    expect(await run(place)).toEqual({ ...right, start: "template", why: "" });
    expect(await run(place)).toEqual({ ...right, start: "clone", why: "" });
  });

  test("that is too small for the unpacked kernel cannot be used, and nothing stays in it", async () => {
    await using place = await PrivateMount.tmpfs("size=8M");
    compare(await plain(place), {
      status: 125,
      stderr: `vimto: the cache directory "${place.directory}/vimto" is on a full file system: make room there, or set XDG_CACHE_HOME to another file system\n`,
    });
    expect(place.shell("ls -A vimto/kernels")).toBe("");
  });

  test("that has no room for a template boots", async () => {
    await using place = await PrivateMount.tmpfs("size=120M");
    for (let times = 0; times < 2; times++) {
      expect(await run(place)).toEqual({
        ...right,
        start: "boot",
        why: expect.stringMatching(/^it takes \d+ MiB, and the cache has room for \d+$/),
      });
      expect(templates(place)).toBe("");
    }
  });

  test("that is filled by another while the template is made boots, with or without a little room", async () => {
    await using place = await PrivateMount.tmpfs("size=900M");
    // The path that QEMU is found by; once the machine's memory is there, nothing else has room.
    place.shell("mkdir bin");
    const wrapper = (left: string) =>
      place.shell(
        `printf '%s\\n' '#!/bin/sh' 'case "$*" in *share=on*) dd if=/dev/zero of=fill bs=1M 2>/dev/null; truncate -s -${left} fill;; esac' "exec $(command -v qemu-system-${machine}) \\"\\$@\\"" >bin/qemu && chmod +x bin/qemu`,
      );
    const fill = async (left: string) => {
      wrapper(left);
      return await startedBy(kernel, guest, {
        cache: place.directory,
        under: place.under(place.directory),
        env: { VIMTO_QEMU: `${place.directory}/bin/qemu` },
      });
    };
    for (const left of ["20M", "4K", "0"]) {
      const { why, ...rest } = await fill(left);
      expect(rest).toEqual({ ...right, start: "boot" });
      expect(why).not.toBe("");
      expect(templates(place)).toBe("");
      place.shell("rm fill");
    }
  });
});

const machine = process.arch === "arm64" ? "aarch64" : "x86_64";

describe("a cache on a read-only file system", () => {
  const remount = (place: PrivateMount, mode: "ro" | "rw") =>
    place.shell(`mount -o remount,${mode} '${place.directory}'`);

  test("that is empty cannot be used", async () => {
    await using place = await PrivateMount.tmpfs("size=1G");
    remount(place, "ro");
    compare(await plain(place), {
      status: 125,
      stderr: `vimto: the cache directory "${place.directory}/vimto" is on a read-only file system: make it writable or set XDG_CACHE_HOME to a directory that can be written\n`,
    });
  });

  test("that has all but a template boots, and one that has a template too", async () => {
    await using place = await PrivateMount.tmpfs("size=1G");
    expect(await run(place, ["--fresh"])).toMatchObject({ ...right, start: "boot" });
    remount(place, "ro");
    const readOnly = {
      ...right,
      start: "boot",
      why: expect.stringMatching(/read-only file system/),
    };
    expect(await run(place)).toEqual(readOnly);
    remount(place, "rw");
    expect(await run(place)).toEqual({ ...right, start: "template", why: "" });
    remount(place, "ro");
    expect(await run(place)).toEqual(readOnly);
    remount(place, "rw");
    expect(await run(place)).toEqual({ ...right, start: "clone", why: "" });
  });
});
