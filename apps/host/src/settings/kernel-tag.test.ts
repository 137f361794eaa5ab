import { expect, test } from "vitest";
import { kernelOf } from "./kernel-tag.ts";

const replaceTag = (image: string, tag: string) =>
  image.startsWith(".") ? undefined : `${image.split(":")[0]}:${tag}`;
const flag = (text: string) => ({ text, origin: { from: "flag", spelling: "--kernel" } }) as const;
const variable = (text: string) =>
  ({ text, origin: { from: "environment", variable: "VIMTO_KERNEL" } }) as const;

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
