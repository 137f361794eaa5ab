import { expect, test } from "vitest";
import { kernelOf } from "./kernel-tag.ts";

const flag = (text: string) => ({ text, origin: { from: "flag", spelling: "--kernel" } }) as const;
const variable = (text: string) =>
  ({ text, origin: { from: "environment", variable: "VIMTO_KERNEL" } }) as const;

test("the last one counts, and a tag goes on the one before", () => {
  const tag = (text: string) => ({ text, name: "--kernel" });
  expect(kernelOf([])).toBeUndefined();
  expect(kernelOf([variable("a"), flag("b")])).toEqual({ entry: flag("b"), tag: undefined });
  expect(kernelOf([variable("a:1"), flag(":2")])).toEqual({ entry: flag("a:1"), tag: tag("2") });
  expect(kernelOf([flag("a:1"), flag(":2"), flag(":3")])).toEqual({
    entry: flag("a:1"),
    tag: tag("3"),
  });
  expect(kernelOf([variable("a:1"), flag(":2"), flag("b:1")])).toEqual({
    entry: flag("b:1"),
    tag: undefined,
  });
});

test.each([
  [
    [flag(":stable")],
    '--kernel ":stable" needs a configured image to put the tag on; name the whole image instead',
  ],
  [[variable("a:1"), flag(":")], '--kernel ":" is no tag; write for example :stable'],
  [[variable("a:1"), flag(":a:b")], '--kernel ":a:b" is no tag; write for example :stable'],
  [[variable(":/x")], 'VIMTO_KERNEL ":/x" is no tag; write for example :stable'],
])("%j is refused", (entries, message) => {
  expect(() => kernelOf(entries)).toThrowError(
    expect.objectContaining({ code: "bad-value", message }),
  );
});
