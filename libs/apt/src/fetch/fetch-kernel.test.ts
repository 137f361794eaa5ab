import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "@vimto/archive/testing/scratch";
import { describe, expect, test } from "vitest";
import { filesIn, meta, setup, wholeKernel } from "../testing/setup.ts";
import { archiveOfFile, TestArchive } from "../testing/test-archive.ts";

const main = [
  wholeKernel("6.1.0-9-amd64", "6.1.9-1"),
  meta("linux-image-amd64", "6.1.0-9-amd64", "6.1.9-1"),
  wholeKernel("6.1.0-9-cloud-amd64", "6.1.9-1"),
  meta("linux-image-cloud-amd64", "6.1.0-9-cloud-amd64", "6.1.9-1"),
];
const security = [
  wholeKernel("6.1.0-10-amd64", "6.1.10-1"),
  meta("linux-image-amd64", "6.1.0-10-amd64", "6.1.10-1"),
];
const depends =
  "linux-binary-7.2+deb14-amd64 (= 7.2-1), linux-modules-7.2+deb14-amd64 (= 7.2-1), dracut | initramfs-tools";
const split = [
  meta("linux-image-amd64", "7.2+deb14-amd64", "7.2-1"),
  { name: "linux-image-7.2+deb14-amd64", version: "7.2-1", depends, packing: "gzip" },
  {
    name: "linux-binary-7.2+deb14-amd64",
    version: "7.2-1",
    packing: "zstd",
    files: { "usr/lib/modules/7.2+deb14-amd64/vmlinuz": "kernel 7.2" },
  },
  {
    name: "linux-modules-7.2+deb14-amd64",
    version: "7.2-1",
    files: { "usr/lib/modules/7.2+deb14-amd64/kernel/b.ko.xz": "module b" },
  },
  { name: "linux-modules-7.1+deb14-amd64", version: "7.1-1", files: { "lib/modules/x": "old" } },
] as const;

const archive = archiveOfFile({
  bookworm: main,
  "bookworm-updates": [],
  "bookworm-security": security,
  sid: split,
});

describe("a kernel of an archive", () => {
  test("is the newest of all suites, with nothing but its image and modules", async () => {
    await using s = setup(archive());
    using kernel = await s.get("debian:12");
    expect(kernel).toMatchObject({ name: "debian:bookworm", kernelRelease: "6.1.0-10-amd64" });
    expect(filesIn(kernel.directory)).toEqual([
      "boot/config-6.1.0-10-amd64",
      "boot/vmlinuz-6.1.0-10-amd64",
      "lib/modules/6.1.0-10-amd64/kernel/a.ko",
    ]);
    const image = join(kernel.directory, "boot/vmlinuz-6.1.0-10-amd64");
    expect(readFileSync(image, "utf8")).toBe("kernel 6.1.0-10-amd64 6.1.10-1");
    expect(statSync(image).mode & 0o777).toBe(0o644);
    expect(s.store.images()).toMatchObject([
      { name: "debian:bookworm", platform: "linux/amd64", release: "6.1.0-10-amd64", inUse: true },
    ]);
    expect(s.kinds()).toEqual(["resolving", "started", "received", "fetched", "unpacked", "done"]);
    expect(s.rest()).toEqual(["store"]);
  });

  test.each([
    ["debian:bookworm/cloud", "6.1.0-9-cloud-amd64"],
    ["debian:6.1", "6.1.0-10-amd64"],
    ["debian:6.1/cloud", "6.1.0-9-cloud-amd64"],
    ["debian:6.1.0-9-amd64", "6.1.0-9-amd64"],
    ["debian:7.2", "7.2+deb14-amd64"],
  ])("%s is %s", async (text, release) => {
    await using s = setup(archive());
    using kernel = await s.get(text);
    expect(kernel.kernelRelease).toBe(release);
  });

  test("that is split over packages is one", async () => {
    await using s = setup(archive());
    using kernel = await s.get("debian:sid");
    expect(filesIn(kernel.directory)).toEqual([
      "usr/lib/modules/7.2+deb14-amd64/kernel/b.ko.xz",
      "usr/lib/modules/7.2+deb14-amd64/vmlinuz",
    ]);
    expect(s.events.find(({ kind }) => kind === "started")).toMatchObject({
      noun: "package",
      layers: [{}, {}, {}],
    });
  });

  test("under two names is there once", async () => {
    await using s = setup(archive());
    using one = await s.get("debian:12");
    using other = await s.get("debian:6.1.0-10-amd64");
    expect(other.directory).toBe(one.directory);
    expect(s.trees().filter((name) => !name.endsWith(".lock"))).toHaveLength(1);
    expect(s.served.seen.filter((path) => path.endsWith(".deb"))).toHaveLength(1);
  });

  test("asked for twice at once is fetched once", async () => {
    await using s = setup(archive());
    const [one, other] = await Promise.all([s.get("debian:12"), s.get("debian:12")]);
    expect(other?.directory).toBe(one?.directory);
    expect(s.served.seen.filter((path) => path.endsWith(".deb"))).toHaveLength(1);
    one?.release();
    other?.release();
    expect((await s.store.flush()).images).toEqual(["debian:bookworm"]);
    expect(s.trees()).toEqual([]);
  });

  const mend = 'check the name "debian:nosuch"';
  test.each([
    [
      "debian:12/rt",
      'debian bookworm has no package "linux-image-rt-amd64" for kernel "debian:bookworm/rt": its flavours are the usual one, cloud',
    ],
    ["debian:nosuch", `the archive of debian has no release "nosuch" for amd64: ${mend}`],
    [
      "debian:5.4",
      'the archive of debian has no kernel "debian:5.4" for amd64: "vimto kernels debian" lists what there is',
    ],
    [
      "debian:6.1.0-8-amd64",
      'the archive of debian has no kernel "debian:6.1.0-8-amd64" for amd64: "vimto kernels debian" lists what there is',
    ],
  ])("that there is not: %s", async (text, message) => {
    await using s = setup(archive());
    await expect(s.get(text)).rejects.toMatchObject({ code: "not-found", message });
    expect(s.rest()).toEqual(["store"]);
  });
});

describe("policies", () => {
  test("missing asks nobody for what is there, never asks nobody at all", async () => {
    await using s = setup(archive());
    await expect(s.get("debian:12", { policy: "never" })).rejects.toMatchObject({
      code: "not-found",
      message:
        'kernel "debian:bookworm" is not in the cache for linux/amd64, and the pull policy "never" keeps it from being fetched',
    });
    expect(s.served.seen).toEqual([]);
    (await s.get("debian:12")).release();
    s.served.seen.length = 0;
    for (const policy of ["missing", "never"] as const) {
      using kernel = await s.get("debian:bookworm", { policy });
      expect(kernel.kernelRelease).toBe("6.1.0-10-amd64");
    }
    expect(s.served.seen).toEqual([]);
  });

  test("always asks whether there is a newer one, and takes it", async () => {
    using place = scratch();
    const own = new TestArchive(place.path);
    try {
      own.suite("sid", main);
      await using s = setup(own);
      (await s.get("debian:sid")).release();
      s.served.seen.length = 0;
      (await s.get("debian:sid", { policy: "always" })).release();
      expect(s.served.seen).toEqual(["dists/sid/InRelease"]);
      own.suite("sid", [...main, ...security]);
      using kernel = await s.get("debian:sid", { policy: "always" });
      expect(kernel.kernelRelease).toBe("6.1.0-10-amd64");
      using again = await s.get("debian:sid", { policy: "never" });
      expect(again.kernelRelease).toBe("6.1.0-10-amd64");
    } finally {
      own.close();
    }
  });

  test("always takes what is there when the archive cannot be reached", async () => {
    await using s = setup(archive());
    (await s.get("debian:12")).release();
    await s.served[Symbol.asyncDispose]();
    using kernel = await s.get("debian:12", { policy: "always" });
    expect(kernel.kernelRelease).toBe("6.1.0-10-amd64");
    expect(s.events.at(-1)).toMatchObject({
      kind: "stale",
      image: "debian:bookworm",
      message: `cannot reach "${s.served.host}": the connection was refused`,
    });
    await expect(s.get("debian:sid")).rejects.toMatchObject({ code: "network" });
  });
});

describe("the list", () => {
  const releases = ["bookworm", "sid"];

  test("has the newest kernel of each flavour, and says which are here", async () => {
    await using s = setup(archive());
    using _ = await s.get("debian:12");
    const listed = await s.list({ releases });
    expect(listed.map(({ size, ...row }) => ({ ...row, sized: size > 0 }))).toEqual([
      {
        name: "debian:bookworm",
        release: "6.1.0-10-amd64",
        suite: "bookworm-security",
        version: "6.1.10-1",
        cached: true,
        sized: true,
      },
      {
        name: "debian:bookworm/cloud",
        release: "6.1.0-9-cloud-amd64",
        suite: "bookworm",
        version: "6.1.9-1",
        cached: false,
        sized: true,
      },
      {
        name: "debian:sid",
        release: "7.2+deb14-amd64",
        suite: "sid",
        version: "7.2-1",
        cached: false,
        sized: true,
      },
    ]);
    const all = await s.list({ releases, all: true });
    expect(all.map(({ name }) => name)).toEqual([
      "debian:6.1.0-10-amd64",
      "debian:6.1.0-9-amd64",
      "debian:6.1.0-9-cloud-amd64",
      "debian:7.2+deb14-amd64",
    ]);
  });

  test("is that of the last time where the archive cannot be reached", async () => {
    await using s = setup(archive());
    const before = await s.list({ releases });
    await s.served[Symbol.asyncDispose]();
    expect(await s.list({ releases })).toEqual(before);
    expect(s.notes()).toContain(
      `the index of sid is used as it was fetched before: cannot reach "${s.served.host}": the connection was refused`,
    );
    await s.store.flush();
    await expect(s.list({ releases })).rejects.toMatchObject({ code: "network" });
  });
});
