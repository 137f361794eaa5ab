import { mkdirSync, symlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import { bzImage, gzipped, latin1, uki, vmlinux } from "../testing/build.ts";
import { builtinKernels, type DebianKernel, debian } from "../testing/kernels.ts";
import { place } from "../testing/place.ts";
import { whileUnreadable } from "../testing/unprivileged.ts";
import { decisiveFiles, findKernel, kernelOfFile } from "./tree.ts";

const release = "6.1.0-test";
const image = bzImage();

/** What was found, by paths below the directory. */
function found(directory: string) {
  const files = findKernel(directory);
  const short = (path: string | undefined) => path?.slice(directory.length + 1);
  return {
    image: short(files.image),
    release: files.release,
    config: short(files.config),
    modules: short(files.modules),
    symbols: short(files.symbols),
  };
}

const nothing = { config: undefined, modules: undefined, symbols: undefined };

describe("a directory with one kernel", () => {
  test.each(["boot/vmlinuz", "boot/vmlinuz-whatever", `usr/lib/modules/${release}/vmlinuz`])(
    "as %s",
    (path) => {
      const directory = place({ [path]: image });
      const modules = path.startsWith("usr") ? `usr/lib/modules/${release}` : undefined;
      expect(found(directory)).toEqual({ ...nothing, image: path, release, modules });
    },
  );

  test("as boot/vmlinux, which has its own symbols", () => {
    const directory = place({ "boot/vmlinux": vmlinux("6.9.0") });
    expect(found(directory)).toEqual({
      ...nothing,
      image: "boot/vmlinux",
      release: "6.9.0",
      symbols: "boot/vmlinux",
    });
  });

  test("as boot/vmlinuz, whose symbols are in boot/vmlinux", () => {
    const directory = place({ "boot/vmlinuz": image, "boot/vmlinux": vmlinux(release) });
    expect(found(directory)).toMatchObject({ image: "boot/vmlinuz", symbols: "boot/vmlinux" });
  });

  test.each(["vmlinuz", "bzImage", "Image"])("alone, as %s, with its symbols", (name) => {
    const directory = place({ [name]: image, vmlinux: vmlinux(release), config: "CONFIG_X=y" });
    expect(found(directory)).toEqual({
      ...nothing,
      image: name,
      release,
      config: "config",
      symbols: "vmlinux",
    });
    expect(findKernel(directory).directory).toBeUndefined();
  });

  test.each([
    "boot/vmlinuz.zst",
    "boot/vmlinux.xz",
    "boot/vmlinuz-whatever.gz",
    `boot/Image-${release}`,
    `lib/modules/${release}/vmlinuz.lz4`,
    `lib/modules/${release}/vmlinuz-virt.efi`,
    "vmlinuz.gz",
    "vmlinux.zst",
    "bzImage-next",
    "vmlinuz-6.1.xz",
    "linux.efi",
  ])("packed or unified, as %s", (path) => {
    // What it is tells its content, here of a file that needs no program to be packed.
    const directory = place({ [path]: path.endsWith("efi") ? uki(image) : gzipped(image) });
    expect(found(directory)).toMatchObject({ image: path, release });
  });

  test.each([
    ["vmlinuz", ["vmlinuz-6.1"], { vmlinuz: "vmlinuz-6.1" }],
    ["vmlinuz", ["vmlinuz", "vmlinuz-6.1"], {}],
    ["vmlinuz", ["bzImage"], { vmlinuz: "bzImage" }],
    ["vmlinuz-6", ["vmlinuz-6.1"], { "vmlinuz-6": "vmlinuz-6.1" }],
    ["vmlinuz-6.1", ["vmlinuz-6.1", "vmlinuz-6.1.sig"], {}],
    ["vmlinuz-6.1", ["vmlinuz-6.1", "vmlinuz-6.1.old", "vmlinuz-6.1.bak"], {}],
    ["Image-6.1", ["Image-6.1", "Image-6.1.hmac"], {}],
  ])("alone, as %s, of the files %j and the links %j", (name, files, links) => {
    const directory = place(Object.fromEntries(files.map((file) => [file, image])));
    for (const [link, target] of Object.entries(links)) symlinkSync(target, join(directory, link));
    expect(found(directory).image).toBe(name);
  });

  test("alone, as vmlinuz, with a packed vmlinux beside it", () => {
    const directory = place({ vmlinuz: image, "vmlinux.gz": gzipped(image), "x.efi": uki(image) });
    expect(found(directory)).toMatchObject({ image: "vmlinuz", symbols: undefined });
  });

  test("alone, with modules", () => {
    const directory = place({ vmlinux: vmlinux("6.9.0"), "lib/modules/6.9.0/x": "" });
    expect(found(directory)).toMatchObject({ image: "vmlinux", modules: "lib/modules/6.9.0" });
    expect(findKernel(directory).directory).toBe(directory);
  });

  test.each([
    [`usr/lib/modules/${release}/vmlinuz`, `usr/lib/modules/${release}`],
    [`boot/vmlinuz-${release}`, `lib/modules/${release}`],
  ])("as %s, named by the directory of its modules", (path, modules) => {
    const directory = place({ [path]: image, [`${modules}/modules.order`]: "" });
    expect(findKernel(join(directory, modules))).toMatchObject({
      image: join(directory, path),
      modules: join(directory, modules),
      directory,
    });
  });

  test("and all that belongs to it", () => {
    const directory = place({
      "boot/vmlinuz-6": image,
      [`boot/config-${release}`]: "CONFIG_X=y",
      "boot/config-6": "CONFIG_X=y",
      [`lib/modules/${release}/modules.order`]: "",
      "lib/modules/5.10.0/modules.order": "",
      [`usr/lib/debug/boot/vmlinux-${release}`]: "",
    });
    expect(found(directory)).toEqual({
      image: "boot/vmlinuz-6",
      release,
      config: `boot/config-${release}`,
      modules: `lib/modules/${release}`,
      symbols: `usr/lib/debug/boot/vmlinux-${release}`,
    });
  });

  test("and a lib that is a symlink", () => {
    const directory = place({
      "boot/vmlinuz": image,
      [`usr/lib/modules/${release}/modules.order`]: "",
    });
    symlinkSync("usr/lib", join(directory, "lib"));
    expect(found(directory).modules).toBe(`lib/modules/${release}`);
  });

  test("asks a caller that knows the release", () => {
    const directory = place({ "boot/vmlinuz": "anything" });
    const files = findKernel(directory, { releaseOf: (path) => `of ${basename(path)}` });
    expect(files.release).toBe("of vmlinuz");
  });
});

describe("a directory whose links must not lead out", () => {
  const inside = (directory: string) => (path: string) => {
    const found = join(directory, path.replace(/^lib\//, "usr/lib/"));
    return path.startsWith("boot/config") ? undefined : found;
  };

  test("is asked for each file", () => {
    const directory = place({
      "boot/vmlinuz": image,
      "boot/config": "CONFIG_X=y",
      [`usr/lib/modules/${release}/modules.order`]: "",
    });
    symlinkSync("/lib", join(directory, "lib"));
    expect(findKernel(directory, { resolve: inside(directory) })).toEqual({
      image: join(directory, "boot/vmlinuz"),
      release,
      config: undefined,
      modules: join(directory, "usr/lib/modules", release),
      symbols: undefined,
      directory,
    });
  });

  test("has a name of its own in sentences", () => {
    const named = (directory: string) => () => findKernel(directory, { name: 'image "x"' });
    expect(named(place({}))).toThrow(/^image "x" has no kernel: vimto looks for boot/);
    expect(named(place({ "boot/vmlinuz-1": image, "boot/vmlinuz-2": image }))).toThrow(
      /^image "x" has 2 kernels: boot\/vmlinuz-1 and boot\/vmlinuz-2; /,
    );
  });
});

test("what decides over a kernel is what is there of its files", () => {
  const directory = place({
    "boot/vmlinuz": image,
    "boot/config": "CONFIG_X=y",
    [`lib/modules/${release}/modules.order`]: "",
  });
  const shown = decisiveFiles(findKernel(directory)).map((path) =>
    path.slice(directory.length + 1),
  );
  expect(shown).toEqual([
    "boot/vmlinuz",
    "boot/config",
    `lib/modules/${release}`,
    `lib/modules/${release}/modules.order`,
  ]);
});

describe("a directory that will not do", () => {
  test.each([
    "linux-image-unsigned-6.8.0-31-generic_6.8.0-31.31_amd64.deb",
    "linux-binary-7.2.13+deb14-amd64_7.2.13-1_amd64.deb",
    "kernel-core-6.8.5-301.fc40.x86_64.rpm",
    "kernel-default-6.4.0-1.x86_64.rpm",
    "linux-lts-6.12.9-1-x86_64.pkg.tar.zst",
  ])("has a package, %s", (file) => {
    const directory = place({ [file]: "", "linux-modules-6.8.0-31-generic.deb": "" });
    expect(() => findKernel(directory)).toThrow(
      `directory "${directory}" has no kernel, but packages; name one of them, such as "${file}"`,
    );
  });

  test("has no kernel", () => {
    const directory = place({ "boot/initrd.img": "" });
    mkdirSync(join(directory, "boot/vmlinuz-dir"));
    expect(() => findKernel(directory)).toThrow(
      `directory "${directory}" has no kernel: vimto looks for boot/vmlinuz, boot/vmlinux, boot/vmlinuz-VERSION, lib/modules/VERSION/vmlinuz, arch/*/boot/bzImage and Image, and for vmlinuz, bzImage, Image, vmlinux and *.efi, packed or not; name a kernel file or another directory`,
    );
  });

  test("has several kernels", () => {
    const directory = place({ "boot/vmlinuz-6.1": image, "boot/vmlinuz-6.12": image });
    expect(() => findKernel(directory)).toThrow(
      `directory "${directory}" has 2 kernels: boot/vmlinuz-6.1 and boot/vmlinuz-6.12; name one of these files, such as "${directory}/boot/vmlinuz-6.12"`,
    );
  });

  test("has several kernels alone, whose names have versions", () => {
    const directory = place({ "vmlinuz-6.1": image, "vmlinuz-6.2": image });
    expect(() => findKernel(directory)).toThrow(
      `directory "${directory}" has 2 kernels: ${directory}/vmlinuz-6.1 and ${directory}/vmlinuz-6.2; name one of these files`,
    );
  });

  test("has several kernels alone", () => {
    const directory = place({ bzImage: image, Image: image });
    expect(() => findKernel(directory)).toThrow(
      `directory "${directory}" has 2 kernels: ${directory}/bzImage and ${directory}/Image; name one of these files`,
    );
  });

  test("has a file in the place of its kernel that is no kernel", () => {
    const directory = place({ "boot/vmlinuz": "hello\n" });
    expect(() => findKernel(directory)).toThrow(
      `kernel "${directory}/boot/vmlinuz" is not a Linux kernel: it looks like a text file; name a bzImage, an ELF vmlinux or an arm64 Image`,
    );
  });

  test.each([
    [["6.1.0-55"], '"DIR/lib/modules/6.1.0-55"'],
    [["6.1.0-55", "5.10.0"], '"DIR/lib/modules/5.10.0" and "DIR/lib/modules/6.1.0-55"'],
  ])("has modules of %s alone", (releases, shown) => {
    const files = releases.map((name) => [`lib/modules/${name}/modules.order`, ""]);
    const directory = place({ "boot/vmlinuz": image, ...Object.fromEntries(files) });
    expect(() => findKernel(directory)).toThrow(
      `kernel "${directory}/boot/vmlinuz" is ${release}, but the modules beside it are for another version (${shown.replaceAll("DIR", directory)}); put the modules of ${release} there, or remove them when it needs none`,
    );
  });

  test("does not exist, is a file, or may not be read", () => {
    const directory = place({ file: "", "boot/vmlinuz-1": image });
    expect(() => findKernel(join(directory, "no"))).toThrow(
      `kernel "${directory}/no" does not exist; check the path`,
    );
    expect(() => findKernel(join(directory, "file"))).toThrow(
      `kernel "${directory}/file" is no directory; check the path`,
    );
    expect(() => whileUnreadable(directory, () => findKernel(join(directory, "boot")))).toThrow(
      `kernel "${directory}/boot" may not be read by this user (EACCES); let root run chmod a+r on it, or name another kernel`,
    );
  });
});

describe("a kernel whose file was named", () => {
  test("in a boot directory has the rest from there", () => {
    const directory = place({
      "boot/vmlinuz-a": image,
      "boot/vmlinuz-b": image,
      [`boot/config-${release}`]: "CONFIG_X=y",
      [`usr/lib/modules/${release}/modules.order`]: "",
    });
    expect(kernelOfFile(join(directory, "boot/vmlinuz-a"))).toEqual({
      image: join(directory, "boot/vmlinuz-a"),
      release,
      config: join(directory, `boot/config-${release}`),
      modules: join(directory, `usr/lib/modules/${release}`),
      symbols: undefined,
      directory,
    });
  });

  test("beside its modules has them", () => {
    const modules = join(
      place({ [`lib/modules/${release}/vmlinuz`]: image }),
      "lib/modules",
      release,
    );
    expect(kernelOfFile(join(modules, "vmlinuz")).modules).toBe(modules);
  });

  test("by a symlink has what is beside its target", () => {
    const directory = place({ "boot/vmlinuz-a": image, [`lib/modules/${release}/x`]: "" });
    symlinkSync("boot/vmlinuz-a", join(directory, "vmlinuz"));
    expect(kernelOfFile(join(directory, "vmlinuz"))).toMatchObject({
      image: join(directory, "vmlinuz"),
      modules: join(directory, "lib/modules", release),
    });
  });

  test("may stand alone, or beside modules of others", () => {
    const directory = place({ bzImage: image, "boot/k": image, "lib/modules/5.10.0/x": "" });
    expect(kernelOfFile(join(directory, "bzImage"))).toEqual({
      ...nothing,
      image: join(directory, "bzImage"),
      release,
      directory: undefined,
    });
    expect(kernelOfFile(join(directory, "boot/k")).modules).toBeUndefined();
  });

  test("is an error when it is no kernel", () => {
    const path = join(place({ k: latin1("\x7fELF") }), "k");
    expect(() => kernelOfFile(path)).toThrow(
      `kernel "${path}" is not a Linux kernel: it looks like the beginning of an ELF file; name a bzImage, an ELF vmlinux or an arm64 Image`,
    );
  });
});

describe("real trees", () => {
  test.for<DebianKernel>(["debian-6.1", "debian-6.12", "debian-6.1-cloud"])(
    "%s, as dpkg -x makes it",
    (name, context) => {
      const files = found(debian(context, name));
      expect(files).toEqual({
        image: `boot/vmlinuz-${files.release}`,
        release: files.release,
        config: `boot/config-${files.release}`,
        modules: `lib/modules/${files.release}`,
        symbols: undefined,
      });
    },
  );

  test.each(builtinKernels)("%s", (directory) => {
    const files = found(directory);
    expect(files).toEqual({ ...nothing, image: "boot/vmlinuz", release: files.release });
    expect(files.release).toMatch(/^6\.\d+\.\d+$/);
  });
});
