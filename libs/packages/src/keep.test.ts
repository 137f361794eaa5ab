import {
  copyFileSync,
  existsSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { scratch } from "@vimto/archive/testing/scratch";
import { skip } from "@vimto/linux/testing/skip";
import { type PullEvent, Store } from "@vimto/store";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { PackageError } from "./errors.ts";
import { keepPackage } from "./keep.ts";
import { KIND_HEAD, type PackageKind, packageKind } from "./kind.ts";
import { type Built, buildPackage, type Files, type Packing, TOOLS } from "./testing/build.ts";

const place = scratch();
afterAll(() => place[Symbol.dispose]());

const noise = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 2654435761) >>> 13);
const kernel: Files = {
  "lib/modules/6.1.0-test/vmlinuz": noise,
  "lib/modules/6.1.0-test/config": "CONFIG_X=y\n",
  "lib/modules/6.1.0-test/build": { link: "/usr/src/kernels/6.1.0-test" },
  "lib/modules/6.1.0-test/kernel/fs/a.ko": "module",
  "usr/share/doc/kernel/copyright": "GPL",
  "etc/passwd": "root",
};

function built(
  context: TestContext,
  kind: PackageKind,
  packing: Packing,
  files = kernel,
  about: Built = {},
): string {
  const tools = [TOOLS[kind], packing].filter((tool) => Bun.which(tool) === null);
  if (tools.length > 0) skip(context, `${tools.join(" and ")} must be installed`);
  return buildPackage(kind, packing, files, place.path, about);
}

let stores = 0;
function newStore(): Store {
  return new Store(join(place.path, `store-${stores++}`));
}

const kindOf = (path: string) => packageKind(readFileSync(path).subarray(0, KIND_HEAD));

function keep(
  path: string,
  store = newStore(),
  onEvent: (event: PullEvent) => void = () => {},
  kind = kindOf(path),
) {
  if (kind === undefined) throw new Error(`${path} is no package`);
  return keepPackage(path, { kind, store, platform: "linux/amd64", onEvent });
}

const rest = ({ paths }: Store) =>
  ["staging", "trees"].map((name) => readdirSync(join(paths.directory, name)));

describe.each(["deb", "rpm", "pacman"] as const)("a package of %s", (kind) => {
  test.for(["zstd", "xz", "gzip"] as const)(
    "packed by %s is unpacked",
    async (packing, context) => {
      const path = built(context, kind, packing);
      expect(kindOf(path)).toBe(kind);
      using kept = await keep(path);
      const modules = join(kept.directory, "lib/modules/6.1.0-test");
      expect(Buffer.compare(readFileSync(join(modules, "vmlinuz")), noise)).toBe(0);
      expect(readFileSync(join(modules, "kernel/fs/a.ko"), "utf8")).toBe("module");
      expect(lstatSync(join(modules, "build")).isSymbolicLink()).toBe(true);
      // The rest belongs to an installed system.
      expect(readdirSync(kept.directory)).toEqual(["lib"]);
    },
  );

  test("is read once, and unpacked once for all copies", async (context) => {
    const path = built(context, kind, "zstd");
    const copy = `${path}.copy`;
    copyFileSync(path, copy);
    const store = newStore();
    const events: PullEvent[] = [];
    const directories = new Set<string>();
    for (const named of [path, path, copy]) {
      using kept = await keep(named, store, (event) => events.push(event));
      directories.add(kept.directory);
    }
    expect(directories.size).toBe(1);
    expect(events).toEqual([{ kind: "note", message: `unpacking package "${path}"` }]);
    expect(
      store
        .images()
        .map(({ name }) => name)
        .sort(),
    ).toEqual([path, copy].sort());
    await store.flush();
    expect(rest(store)).toEqual([[], []]);
  });

  test("that was built again is unpacked again", async (context) => {
    const path = built(context, kind, "gzip");
    const store = newStore();
    (await keep(path, store)).release();
    copyFileSync(built(context, kind, "gzip", { "boot/vmlinuz-6.2": "newer" }), path);
    utimesSync(path, 1, 1);
    using kept = await keep(path, store);
    expect(readdirSync(kept.directory)).toEqual(["boot"]);
  });

  test.for(["written", "replaced"])(
    "that is %s while it is unpacked is refused",
    async (how, context) => {
      const path = built(context, kind, "gzip");
      const other = built(context, kind, "gzip", { "boot/vmlinuz-6.2": "newer" });
      const store = newStore();
      const change = () =>
        how === "written" ? copyFileSync(other, path) : renameSync(other, path);
      await expect(keep(path, store, change)).rejects.toThrow(
        new PackageError("file", `package "${path}" changed while it was unpacked; run it again`),
      );
      expect(rest(store)).toEqual([[], []]);
      expect(store.images()).toEqual([]);
      using kept = await keep(path, store);
      expect(readdirSync(kept.directory)).toEqual(["boot"]);
    },
  );

  test("without a kernel is one sentence, and nothing is left", async (context) => {
    const path = built(context, kind, "xz", { "lib/modules/6.1.0/modules.order": "", "usr/a": "" });
    const store = newStore();
    const advice = {
      deb: "put all packages of a kernel and its modules into one directory and name one of them, or name a kernel that vimto fetches, such as debian:12 or ubuntu:24.04",
      rpm: "name one that has, such as kernel-core or kernel-default, and put the packages of its modules into the same directory",
      pacman: "name one that has, such as linux or linux-lts",
    };
    await expect(keep(path, store)).rejects.toThrow(
      new PackageError("package", `package "${path}" has no kernel; ${advice[kind]}`),
    );
    expect(rest(store)).toEqual([[], []]);
    expect(store.images()).toEqual([]);
  });

  test.for(["zstd", "xz", "gzip"] as const)(
    "packed by %s that is damaged is one sentence",
    async (packing, context) => {
      const path = built(context, kind, packing);
      const whole = readFileSync(path);
      for (const at of [0.3, 0.6, 0.9]) {
        const damaged = whole.subarray(0, Math.floor(at * whole.length));
        writeFileSync(path, damaged);
        const store = newStore();
        const error = await keep(path, store, undefined, kind).catch((error: unknown) => error);
        expect(error, `${at}`).toBeInstanceOf(PackageError);
        expect(String(error)).toContain(`PackageError: package "${path}"`);
        expect(String(error)).not.toContain("\n");
        expect(String(error)).toMatch(/; download it again$/);
        expect(rest(store)).toEqual([[], []]);
      }
    },
  );
});

test.for(["zstd", "xz", "gzip"] as const)(
  "a .deb without a kernel, packed by %s, tells which packages have it",
  async (packing, context) => {
    const depends =
      "kmod, linux-base (>= 4.3), linux-binary-6.18+deb14-amd64 (= 6.18-1) | linux-x,\n linux-modules-6.18+deb14-amd64 (= 6.18-1)";
    const path = built(
      context,
      "deb",
      packing,
      { "usr/a": "" },
      { control: `Depends: ${depends}\n` },
    );
    await expect(keep(path)).rejects.toThrow(
      `package "${path}" has no kernel; it depends on linux-binary-6.18+deb14-amd64 and linux-modules-6.18+deb14-amd64: put all packages of this kernel and its modules into one directory and name one of them, or `,
    );
  },
);

/** Packages of one kernel and of others in one directory, by the names of their files. */
function directoryOf(context: TestContext, kind: PackageKind, all: Record<string, [Built, Files]>) {
  const directory = mkdtempSync(join(place.path, "beside-"));
  for (const [file, [about, files]] of Object.entries(all))
    renameSync(built(context, kind, "gzip", files, about), join(directory, file));
  return directory;
}

const inDirectory = (paths: readonly string[]) => paths.map((path) => basename(path));

const UBUNTU: Record<string, [Built, Files]> = {
  "image.deb": [
    { name: "linux-image-unsigned-6.8.0-31-generic", version: "6.8.0-31.31" },
    { "boot/vmlinuz-6.8.0-31-generic": noise },
  ],
  "linux-modules.deb": [
    { name: "linux-modules-6.8.0-31-generic", version: "6.8.0-31.31" },
    { "lib/modules/6.8.0-31-generic/kernel/a.ko": "a" },
  ],
  "linux-modules-extra.deb": [
    { name: "linux-modules-extra-6.8.0-31-generic", version: "6.8.0-31.31+1" },
    { "lib/modules/6.8.0-31-generic/kernel/b.ko": "b" },
  ],
  "linux-modules-old.deb": [
    { name: "linux-modules-6.8.0-30-generic", version: "6.8.0-30.30" },
    { "lib/modules/6.8.0-30-generic/kernel/a.ko": "old" },
  ],
  "linux-modules-rebuilt.deb": [
    { name: "linux-modules-6.8.0-31-generic", version: "6.8.0-31.32" },
    { "lib/modules/6.8.0-31-generic/kernel/a.ko": "rebuilt" },
  ],
  "linux-headers.deb": [
    { name: "linux-headers-6.8.0-31-generic", version: "6.8.0-31.31" },
    { "lib/modules/6.8.0-31-generic/build": { link: "/usr/src" } },
  ],
};

test("packages of one kernel that lie in one directory are unpacked together, whichever is named", async (context) => {
  const directory = directoryOf(context, "deb", UBUNTU);
  writeFileSync(join(directory, "linux-modules-cut.deb"), "!<arch>\ndebian-binary");
  const parts = ["image.deb", "linux-modules-extra.deb", "linux-modules.deb"];
  const store = newStore();
  const notes: unknown[] = [];
  // The first has no name by which it would be looked for.
  for (const [at, name] of ["image.deb", "image.deb"].entries()) {
    using kept = await keep(join(directory, name), store, (event) => notes.push(event));
    expect(inDirectory(kept.beside)).toEqual(parts.slice(1));
    const modules = join(kept.directory, "lib/modules/6.8.0-31-generic");
    expect(readdirSync(modules)).toEqual(["kernel"]);
    expect(readdirSync(join(modules, "kernel")).sort()).toEqual(["a.ko", "b.ko"]);
    expect(readFileSync(join(modules, "kernel/a.ko"), "utf8")).toBe("a");
    expect(notes, `${at}`).toEqual([
      {
        kind: "note",
        message: `unpacking package "${join(directory, name)}" with "linux-modules-extra.deb" and "linux-modules.deb" beside it`,
      },
    ]);
  }
  renameSync(join(directory, "image.deb"), join(directory, "linux-image.deb"));
  using image = await keep(join(directory, "linux-image.deb"), store);
  using modules = await keep(join(directory, "linux-modules.deb"), store);
  expect(modules.directory).toBe(image.directory);
  expect(inDirectory(modules.beside)).toEqual(["linux-image.deb", "linux-modules-extra.deb"]);
});

test("a package that comes beside a kernel later, or goes, is noticed", async (context) => {
  const directory = directoryOf(context, "deb", { "image.deb": UBUNTU["image.deb"] ?? [{}, {}] });
  const store = newStore();
  const image = join(directory, "image.deb");
  const modules = join(directory, "linux-modules.deb");
  const lib = async () => {
    using kept = await keep(image, store);
    return readdirSync(kept.directory);
  };
  expect(await lib()).toEqual(["boot"]);
  const [about, files] = UBUNTU["linux-modules.deb"] ?? [{}, {}];
  renameSync(built(context, "deb", "xz", files, about), modules);
  expect((await lib()).sort()).toEqual(["boot", "lib"]);
  truncateSync(modules, lstatSync(modules).size - 200);
  await expect(lib()).rejects.toThrow(`package "${modules}" `);
  rmSync(modules);
  expect(await lib()).toEqual(["boot"]);
});

test("packages of Fedora's kernel are unpacked together", async (context) => {
  const release = "lib/modules/6.8.5-1.fc40.x86_64";
  const file = (name: string, version = "6.8.5"): [Built, Files] => [
    { name, version },
    name === "kernel-core"
      ? { [`${release}/vmlinuz`]: noise }
      : { [`${release}/kernel/${name}-${version}.ko`]: name },
  ];
  const directory = directoryOf(context, "rpm", {
    "core.rpm": file("kernel-core"),
    "kernel-modules-core.rpm": file("kernel-modules-core"),
    "kernel-modules.rpm": file("kernel-modules"),
    "kernel-modules-other.rpm": file("kernel-modules", "6.8.4"),
    "kernel-rt-modules.rpm": file("kernel-rt-modules"),
    "kernel-devel.rpm": file("kernel-devel"),
  });
  using kept = await keep(join(directory, "core.rpm"));
  expect(inDirectory(kept.beside)).toEqual(["kernel-modules-core.rpm", "kernel-modules.rpm"]);
  expect(readdirSync(join(kept.directory, release, "kernel")).sort()).toEqual([
    "kernel-modules-6.8.5.ko",
    "kernel-modules-core-6.8.5.ko",
  ]);
});

test("an .rpm whose payload is not what its header says is refused", async (context) => {
  const path = built(context, "rpm", "gzip");
  const bytes = readFileSync(path);
  // Of the digest, which is text in the header, one digit changes.
  const digest = new Bun.CryptoHasher("sha256").update(payloadOf(bytes)).digest("hex");
  const at = bytes.indexOf(digest);
  expect(at).toBeGreaterThan(0);
  writeFileSync(path, bytes.fill(digest.startsWith("0") ? "1" : "0", at, at + 1));
  await expect(keep(path)).rejects.toThrow(
    `package "${path}" does not match its digest; download it again`,
  );
});

test("an .rpm that lzma has packed is refused", async (context) => {
  const path = built(context, "rpm", "gzip");
  const bytes = readFileSync(path);
  const at = bytes.indexOf("\0gzip\0");
  writeFileSync(path, bytes.fill("lzma", at + 1, at + 5));
  await expect(keep(path)).rejects.toThrow(
    `package "${path}" is packed with lzma: xz, zstd and gzip can be unpacked`,
  );
});

const payloadOf = (rpm: Buffer) => rpm.subarray(rpm.lastIndexOf(Buffer.from([0x1f, 0x8b, 8])));

test("other files are no packages", (context) => {
  expect(packageKind(new Uint8Array(0))).toBeUndefined();
  expect(packageKind(noise)).toBeUndefined();
  expect(packageKind(Bun.gzipSync(noise))).toBeUndefined();
  expect(packageKind(Buffer.from("!<arch>\nlibc.a/         "))).toBeUndefined();
  const path = built(context, "pacman", "zstd");
  const tar = Bun.zstdDecompressSync(readFileSync(path));
  expect(packageKind(tar)).toBe("pacman");
  expect(packageKind(tar.subarray(1536))).toBeUndefined();
});

test("a package that is gone is one sentence", async () => {
  const path = join(place.path, "gone.deb");
  expect(existsSync(path)).toBe(false);
  const options = { kind: "deb", store: newStore(), platform: "linux/amd64" } as const;
  await expect(keepPackage(path, options)).rejects.toThrow(
    new PackageError("file", `package "${path}" cannot be read (ENOENT); check the path`),
  );
});

test("a signal ends it, and nothing is left", async (context) => {
  const path = built(context, "deb", "xz");
  const store = newStore();
  const stop = new AbortController();
  const onEvent = ({ kind }: PullEvent) => {
    if (kind === "note") stop.abort();
  };
  const options = {
    kind: "deb",
    store,
    platform: "linux/amd64",
    signal: stop.signal,
    onEvent,
  } as const;
  await expect(keepPackage(path, options)).rejects.toMatchObject({ code: "aborted" });
  expect(rest(store)).toEqual([[], []]);
});
