import { expect, test } from "vitest";
import { kernelOf, replaceTag } from "./kernel-tag.ts";

const flag = (text: string) => ({ text, origin: { from: "flag", spelling: "--kernel" } }) as const;
const variable = (text: string) =>
  ({ text, origin: { from: "environment", variable: "VIMTO_KERNEL" } }) as const;

test.each([
  ["ghcr.io/cilium/ci-kernels:stable", "ghcr.io/cilium/ci-kernels:6.6"],
  ["ghcr.io/cilium/ci-kernels", "ghcr.io/cilium/ci-kernels:6.6"],
  ["localhost:5000/kernels", "localhost:5000/kernels:6.6"],
  ["localhost:5000/kernels:stable", "localhost:5000/kernels:6.6"],
  ["kernels:stable@sha256:abc", "kernels:6.6"],
  ["kernels@sha256:abc", "kernels:6.6"],
])("%s", (image, expected) => {
  expect(replaceTag(image, "6.6")).toBe(expected);
});

test.each([
  "./vmlinuz",
  "../a:b",
  "/boot/vmlinuz",
  "~/k",
  "host",
  "host:6.1.0",
  "oci:a:b",
  "oci-archive:a",
])("%s is no image name", (image) => {
  expect(replaceTag(image, "6.6")).toBeUndefined();
});

test("a host of that name is an image", () => {
  expect(replaceTag("hosting/kernels:1", "2")).toBe("hosting/kernels:2");
});

test("the last one counts, and a tag goes on the one before", () => {
  expect(kernelOf([], replaceTag)).toBeUndefined();
  expect(kernelOf([variable("a"), flag("b")], replaceTag)).toEqual(flag("b"));
  expect(kernelOf([variable("a:1"), flag(":2")], replaceTag)).toEqual(flag("a:2"));
  expect(kernelOf([flag("a:1"), flag(":2"), flag(":3")], replaceTag)).toEqual(flag("a:3"));
  expect(kernelOf([variable("a:1"), flag(":2"), flag("b:1")], replaceTag)).toEqual(flag("b:1"));
});

test.each([
  [
    [flag(":stable")],
    '--kernel ":stable" needs a configured image to put the tag on; name the whole image instead',
  ],
  [
    [variable("./vmlinuz"), flag(":stable")],
    '--kernel ":stable" needs a configured image, but the kernel is "./vmlinuz"; name the whole image instead',
  ],
  [[variable("a:1"), flag(":")], '--kernel ":" is no tag; write for example :stable'],
  [[variable("a:1"), flag(":a:b")], '--kernel ":a:b" is no tag; write for example :stable'],
  [[variable(":/x")], 'VIMTO_KERNEL ":/x" is no tag; write for example :stable'],
])("%j is refused", (entries, message) => {
  expect(() => kernelOf(entries, replaceTag)).toThrowError(
    expect.objectContaining({ code: "bad-value", message }),
  );
});
