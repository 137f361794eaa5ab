import { expect, test } from "vitest";
import { parseMemory, parseSize, showSize } from "./memory.ts";

const mebibyte = 1024 ** 2;
const gibibyte = 1024 ** 3;
const host = 23.54 * gibibyte;

test.each([
  ["128M", 128 * mebibyte],
  ["128m", 128 * mebibyte],
  ["128", 128 * mebibyte],
  ["1G", gibibyte],
  ["1.5G", 1.5 * gibibyte],
  ["size=1G", gibibyte],
  ["size=512", 512 * mebibyte],
  ["1048576K", gibibyte],
  ["1048577B", 2 * mebibyte],
  ["0.02T", 20_972 * mebibyte],
  ["size=96M,", 96 * mebibyte],
])("%s", (text, bytes) => {
  expect(parseMemory(text, "--memory", host)).toBe(bytes);
});

test.each([
  ["0", '--memory "0" leaves the command no memory; write 128M or more'],
  ["0G", '--memory "0G" leaves the command no memory; write 128M or more'],
  ["-1G", '--memory "-1G" leaves the command no memory; write 128M or more'],
  ["1K", '--memory "1K" is less than 1M; write 128M or more'],
  ["513G", '--memory "513G" is more than the 512G that a machine can have; write less'],
  ["9999999E", '--memory "9999999E" is more than the 512G that a machine can have; write less'],
  [
    "9".repeat(400),
    `--memory "${"9".repeat(400)}" is more than the 512G that a machine can have; write less`,
  ],
  ["", '--memory "" is not a size; write 512M, 1G or a number of MiB'],
  ["lots", '--memory "lots" is not a size; write 512M, 1G or a number of MiB'],
  ["1GB", '--memory "1GB" is not a size; write 512M, 1G or a number of MiB'],
  ["1X", '--memory "1X" is not a size; write 512M, 1G or a number of MiB'],
  ["1 G", '--memory "1 G" is not a size; write 512M, 1G or a number of MiB'],
  ["0x80", '--memory "0x80" is not a size; write 512M, 1G or a number of MiB'],
  ["1e3", '--memory "1e3" is not a size; write 512M, 1G or a number of MiB'],
  ["NaN", '--memory "NaN" is not a size; write 512M, 1G or a number of MiB'],
  ["mem=1G", '--memory "mem=1G" is not a size; write 512M, 1G or a number of MiB'],
  [
    "size=1G,slots=2,maxmem=4G",
    '--memory "size=1G,slots=2,maxmem=4G" has "slots=2" besides the size; write the size alone',
  ],
])("%s is refused", (text, message) => {
  expect(() => parseMemory(text, "--memory", host)).toThrowError(
    expect.objectContaining({ code: "bad-value", message }),
  );
});

test("more than the host has is not too much, nor is all that a large host has", () => {
  expect(parseMemory("2G", "--memory", gibibyte)).toBe(2 * gibibyte);
  expect(parseMemory("1T", "--memory", 1024 * gibibyte)).toBe(1024 * gibibyte);
});

test.each([
  ["10G", 10 * gibibyte],
  ["4096", 4096],
  ["0", 0],
])("size %s", (text, bytes) => {
  expect(parseSize(text, "--max-size")).toBe(bytes);
});

test.each(["-1", "", "10GB", "9999999E"])("%s is no size", (text) => {
  expect(() => parseSize(text, "--max-size")).toThrowError(
    `--max-size "${text}" is not a size; write for example 10G`,
  );
});

test.each([
  [0, "0B"],
  [1023, "1023B"],
  [1024, "1K"],
  [1.99 * gibibyte, "1.9G"],
  [gibibyte - 1, "1023.9M"],
])("%d shows as %s", (bytes, text) => {
  expect(showSize(bytes)).toBe(text);
});
