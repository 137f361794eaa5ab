import { digestOf } from "@vimto/store";
import { describe, expect, test } from "vitest";
import { parseDigest } from "./digest.ts";
import { formatPlatform, hostPlatform, parsePlatform, platformMatches } from "./platform.ts";
import { formatSource, parseSource } from "./source.ts";

describe("sources", () => {
  test.each([
    ["alpine", "docker.io/library/alpine:latest"],
    ["oci:kernel", "oci:/home/me/kernel"],
    ["oci:../kernel:6.12", "oci:/home/kernel:6.12"],
    ["oci:/srv//kernel/:a:b", "oci:/srv/kernel:a:b"],
    ["oci-archive:k.tar:v1", "oci-archive:/home/me/k.tar:v1"],
    ["oci/kernel", "docker.io/oci/kernel:latest"],
  ])("%s is %s", (text, name) => {
    expect(formatSource(parseSource(text, "/home/me"))).toBe(name);
  });

  test("without a path or a tag", () => {
    expect(() => parseSource("oci:")).toThrow('image "oci:" names no path after "oci:"');
    expect(() => parseSource("oci:a:")).toThrow('image "oci:a:" has an empty tag');
  });
});

describe("platforms", () => {
  test.each([
    ["arm64", "linux/arm64"],
    ["aarch64", "linux/arm64"],
    ["x86_64", "linux/amd64"],
    ["linux/arm/v7", "linux/arm/v7"],
  ])("%s is %s", (text, full) => {
    expect(formatPlatform(parsePlatform(text))).toBe(full);
  });

  test("the host's", () => {
    expect(formatPlatform(hostPlatform("x64"))).toBe("linux/amd64");
    expect(formatPlatform(hostPlatform("arm64"))).toBe("linux/arm64");
  });

  test.each(["", "a/b/c/d", "linux/", "linux/arm 64"])("%j is no platform", (text) => {
    expect(() => parsePlatform(text)).toThrow(
      `platform "${text}" is not of the form linux/arm64 or arm64`,
    );
  });

  test("v8 is what arm64 means", () => {
    const plain = parsePlatform("linux/arm64");
    const v8 = parsePlatform("linux/arm64/v8");
    expect(platformMatches(plain, v8) && platformMatches(v8, plain)).toBe(true);
    expect(platformMatches(parsePlatform("linux/arm/v7"), parsePlatform("linux/arm/v6"))).toBe(
      false,
    );
    expect(platformMatches(plain, parsePlatform("linux/amd64"))).toBe(false);
  });
});

test('the digest of bytes (FIPS 180-2, appendix B.1: "abc")', () => {
  const hex = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  expect(digestOf(Buffer.from("abc")).text).toBe(`sha256:${hex}`);
  expect(parseDigest(`sha256:${hex}`, "it")).toEqual(digestOf(Buffer.from("abc")));
  expect(digestOf(Buffer.from("abc"), "sha512").hex).toHaveLength(128);
});
