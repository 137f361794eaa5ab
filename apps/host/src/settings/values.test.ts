import { expect, test } from "vitest";
import {
  parseArch,
  parseBoolean,
  parseChoice,
  parseDuration,
  parsePort,
  parseTimeout,
} from "./values.ts";

const refusal = (message: string) => expect.objectContaining({ code: "bad-value", message });

test.each(["true", "1", "t", "T", "TRUE", "True", "yes", "on"])("%s is true", (text) => {
  expect(parseBoolean(text, "x")).toBe(true);
});

test.each(["false", "0", "f", "F", "FALSE", "no", "off"])("%s is false", (text) => {
  expect(parseBoolean(text, "x")).toBe(false);
});

test("neither true nor false", () => {
  expect(() => parseBoolean("2", "VIMTO_SUDO")).toThrowError(
    refusal('VIMTO_SUDO "2" is neither true nor false'),
  );
});

test("a choice", () => {
  const choices = ["auto", "kvm", "tcg"] as const;
  expect(parseChoice("kvm", "--accel", choices)).toBe("kvm");
  expect(() => parseChoice("kmv", "--accel", choices)).toThrowError(
    refusal('--accel "kmv" is not known; did you mean "kvm"?'),
  );
  expect(() => parseChoice("xen", "--accel", choices)).toThrowError(
    refusal('--accel "xen" is not known; write auto, kvm or tcg'),
  );
});

test.each([
  ["amd64", "amd64"],
  ["x86_64", "amd64"],
  ["arm64", "arm64"],
  ["aarch64", "arm64"],
])("architecture %s is %s", (text, arch) => {
  expect(parseArch(text, "--arch")).toBe(arch);
});

test("an architecture that vimto has not", () => {
  expect(() => parseArch("riscv64", "--arch")).toThrowError(
    refusal('--arch "riscv64" is not known; write amd64 or arm64'),
  );
});

test.each([
  ["30s", 30_000],
  ["1m30s", 90_000],
  ["500ms", 500],
  ["2h", 7_200_000],
  ["1h0m0s", 3_600_000],
  ["1.5s", 1500],
  ["0.0001s", 1],
  ["14d", 1_209_600_000],
  ["30", 30_000],
  ["0.5", 500],
  ["0", 0],
  ["0s", 0],
])("%s is %i ms", (text, ms) => {
  expect(parseDuration(text, "--timeout")).toBe(ms);
});

test.each([
  ["", "is no time"],
  ["soon", "is no time"],
  ["30 s", "is no time"],
  ["30S", "is no time"],
  ["s", "is no time"],
  ["1m30", "is no time"],
  ["1e3s", "is no time"],
  ["-30s", "is less than no time"],
  ["9".repeat(400), "is too long"],
  [`${"9".repeat(400)}h`, "is too long"],
])("%s is no duration", (text, why) => {
  expect(() => parseDuration(text, "--timeout")).toThrowError(
    refusal(`--timeout "${text}" ${why}; write for example 30s, 1m30s or 2h`),
  );
});

test("a limit", () => {
  expect(parseTimeout("30s", "--timeout")).toBe(30_000);
  expect(parseTimeout("24d", "--timeout")).toBe(2_073_600_000);
  expect(parseTimeout("0", "--timeout")).toBeUndefined();
  expect(() => parseTimeout("25d", "--timeout")).toThrowError(
    refusal('--timeout "25d" is longer than the 24 days that vimto can wait; write 0 for no limit'),
  );
});

test.each([
  ["true", 1234],
  ["false", undefined],
  ["1", 1],
  ["65535", 65_535],
])("port %s", (text, port) => {
  expect(parsePort(text, "--gdb")).toBe(port);
});

test.each(["0", "65536", "-1", "http", "1.5", "999999", ":1234"])("%s is no port", (text) => {
  expect(() => parsePort(text, "--gdb")).toThrowError(
    refusal(`--gdb "${text}" is no port; write a number from 1 to 65535, or --gdb alone for 1234`),
  );
});
