import { describe, expect, test } from "vitest";
import type { KernelPackage } from "../index/package-list.ts";
import type { DebArchitecture, Distribution } from "../names/distributions.ts";
import { parseKernelName } from "../names/kernel-name.ts";
import { chooseKernel, flavoursIn, metaPackage } from "./choose.ts";
import { flavourOf, kernelOf, poolOf, releaseOf } from "./kernels.ts";

const one = (name: string, version: string, ...depends: string[]): KernelPackage => ({
  name,
  version,
  depends,
  filename: `pool/${name}_${version}.deb`,
  size: 1000,
  sha256: "0".repeat(64),
});

const suite = (name: string, ...packages: KernelPackage[]) => ({
  base: "http://archive.example/",
  suite: name,
  architecture: "amd64",
  releaseDigest: "",
  listDigest: "",
  packages,
});

/** Packages as Ubuntu 24.04 has them. */
const noble = poolOf([
  suite(
    "noble",
    one("linux-image-generic", "6.8.0-31.31", "linux-image-6.8.0-31-generic", "linux-firmware"),
    one("linux-image-6.8.0-31-generic", "6.8.0-31.31", "kmod", "linux-modules-6.8.0-31-generic"),
    one("linux-modules-6.8.0-31-generic", "6.8.0-31.31"),
    one("linux-modules-extra-6.8.0-31-generic", "6.8.0-31.31", "linux-modules-6.8.0-31-generic"),
  ),
  suite(
    "noble-updates",
    one("linux-image-generic-hwe-24.04", "7.0.0-44.44", "linux-image-7.0.0-44-generic"),
    one("linux-image-virtual", "7.0.0-44.44", "linux-image-generic-hwe-24.04"),
    one("linux-image-7.0.0-44-generic", "7.0.0-44.44", "linux-modules-7.0.0-44-generic"),
    one(
      "linux-modules-7.0.0-44-generic",
      "7.0.0-44.44",
      "linux-main-modules-zfs-7.0.0-44-generic",
      "wireless-regdb",
    ),
    one(
      "linux-main-modules-zfs-7.0.0-44-generic",
      "7.0.0-44.44",
      "linux-image-7.0.0-44-generic",
      "linux-image-unsigned-7.0.0-44-generic",
    ),
    one("linux-image-unsigned-7.0.0-44-generic", "7.0.0-44.44"),
    one("linux-image-unsigned-7.0.0-45-generic", "7.0.0-45.45"),
    one("linux-image-6.8.0-151-lowlatency", "6.8.0-151.151"),
  ),
]);

const chosen = (text: string, pool = noble) => {
  const name = parseKernelName(text);
  const kernel = name && chooseKernel(name, "amd64", pool);
  return kernel && { ...kernel, packages: kernel.packages.map((part) => part.name) };
};

describe("Ubuntu's packages", () => {
  test("of the usual kernel are the image, what it needs and the extra modules", () => {
    expect(chosen("ubuntu:24.04")).toEqual({
      release: "6.8.0-31-generic",
      version: "6.8.0-31.31",
      suite: "noble",
      size: 3000,
      packages: [
        "linux-image-6.8.0-31-generic",
        "linux-modules-6.8.0-31-generic",
        "linux-modules-extra-6.8.0-31-generic",
      ],
    });
  });

  test("of hwe are those of a newer kernel, the signed image alone", () => {
    expect(chosen("ubuntu:noble/hwe")).toMatchObject({
      release: "7.0.0-44-generic",
      packages: [
        "linux-image-7.0.0-44-generic",
        "linux-modules-7.0.0-44-generic",
        "linux-main-modules-zfs-7.0.0-44-generic",
      ],
    });
    expect(chosen("ubuntu:noble/virtual")?.release).toBe("7.0.0-44-generic");
  });

  test("of a line are of the usual flavour, unless another one is named", () => {
    expect(chosen("ubuntu:6.8")?.release).toBe("6.8.0-31-generic");
    expect(chosen("ubuntu:6.8/lowlatency")?.release).toBe("6.8.0-151-lowlatency");
    expect(chosen("ubuntu:6.80")).toBeUndefined();
    expect(chosen("ubuntu:7.0")?.release).toBe("7.0.0-45-generic");
  });

  test("name their flavours", () => {
    expect(flavoursIn("ubuntu", "noble", "amd64", noble)).toEqual(["generic", "hwe", "virtual"]);
    expect(metaPackage("ubuntu", "noble", "hwe-edge", "amd64")).toBe(
      "linux-image-generic-hwe-24.04-edge",
    );
  });
});

test("a meta package whose kernel is not listed is no kernel", () => {
  const pool = poolOf([suite("sid", one("linux-image-amd64", "7.2-1", "linux-image-7.2-amd64"))]);
  expect(chosen("debian:sid", pool)).toBeUndefined();
});

test("Debian's flavours stand before the processor, but for the size of pages", () => {
  const names = ["linux-image-arm64", "linux-image-cloud-arm64", "linux-image-arm64-16k"];
  const pool = poolOf([
    suite(
      "trixie",
      one("linux-image-6.12-arm64", "6.12-1"),
      ...names.map((name) => one(name, "6.12-1", "linux-image-6.12-arm64")),
    ),
  ]);
  const flavours = flavoursIn("debian", "trixie", "arm64", pool);
  expect(flavours).toEqual(["", "16k", "cloud"]);
  const metas = flavours.map((flavour) => metaPackage("debian", "trixie", flavour, "arm64"));
  expect(metas).toEqual(["linux-image-arm64", "linux-image-arm64-16k", "linux-image-cloud-arm64"]);
});

test("of a package in two suites the newer one counts", () => {
  const image = "linux-image-6.1.0-9-amd64";
  const pool = poolOf([
    suite("bookworm-security", one(image, "6.1.9-2")),
    suite("bookworm", one(image, "6.1.9-1")),
  ]);
  expect(kernelOf("6.1.0-9-amd64", pool)).toMatchObject({
    version: "6.1.9-2",
    suite: "bookworm-security",
  });
});

test.each<[Distribution, string, DebArchitecture, string | undefined]>([
  ["debian", "6.1.0-56-amd64", "amd64", ""],
  ["debian", "6.1.0-56-cloud-amd64", "amd64", "cloud"],
  ["debian", "6.12.118+deb13-amd64", "amd64", ""],
  ["debian", "6.12.118+deb13-rt-arm64", "arm64", "rt"],
  ["debian", "5.10.0-0.deb10.16-rt-amd64", "amd64", "rt"],
  ["debian", "7.3~rc1-amd64", "amd64", ""],
  ["debian", "6.12.118+deb13-arm64-16k", "arm64", "16k"],
  ["debian", "6.1.0-56-arm64", "amd64", undefined],
  ["ubuntu", "6.8.0-31-generic", "amd64", "generic"],
  ["ubuntu", "6.8.0-1020-azure-fde", "amd64", "azure-fde"],
])("%s's %s on %s has the flavour %j", (distribution, release, architecture, flavour) => {
  expect(flavourOf(distribution, release, architecture)).toBe(flavour);
});

test.each([
  ["linux-image-6.1.0-56-amd64", "6.1.0-56-amd64"],
  ["linux-image-6.1.0-56-amd64-unsigned", "6.1.0-56-amd64"],
  ["linux-image-unsigned-6.8.0-31-generic", "6.8.0-31-generic"],
  ["linux-image-amd64", undefined],
  ["linux-modules-6.8.0-31-generic", undefined],
])("package %s is of %s", (name, release) => {
  expect(releaseOf(name)).toBe(release);
});
