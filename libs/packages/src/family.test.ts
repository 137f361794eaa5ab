import { describe, expect, test } from "vitest";
import { belongsTo, modulesAdvice } from "./family.ts";

const label = (name: string, version = "1-1", architecture = "a") => ({
  name,
  version,
  architecture,
});

describe("of Debian and Ubuntu", () => {
  const ubuntu = "6.8.0-31-generic";
  const debian = "7.2.13+deb14-amd64";
  test.each([
    [`linux-image-unsigned-${ubuntu}`, `linux-modules-${ubuntu}`, true],
    [`linux-image-${ubuntu}`, `linux-modules-extra-${ubuntu}`, true],
    [`linux-image-${ubuntu}`, `linux-main-modules-zfs-${ubuntu}`, true],
    [`linux-image-${ubuntu}`, `linux-image-unsigned-${ubuntu}`, false],
    [`linux-image-${ubuntu}`, `linux-headers-${ubuntu}`, false],
    [`linux-image-${ubuntu}`, "linux-modules-6.8.0-31-lowlatency", false],
    [`linux-image-${ubuntu}`, "linux-modules-16.8.0-31-generic", false],
    [`linux-modules-extra-${ubuntu}`, `linux-image-unsigned-${ubuntu}`, true],
    [`linux-image-${debian}`, `linux-binary-${debian}`, true],
    [`linux-image-${debian}`, `linux-base-${debian}`, true],
    [`linux-binary-${debian}`, `linux-modules-${debian}`, true],
    [`linux-binary-${debian}-unsigned`, `linux-modules-${debian}`, true],
    [`linux-image-${debian}`, `linux-image-${debian}-dbg`, false],
    [`linux-image-${debian}`, "linux-modules-7.2.13+deb14-rt-amd64", false],
    ["linux-libc-dev", "linux-modules-6.8.0-31-generic", false],
  ])("%s and %s: %s", (named, other, expected) => {
    expect(belongsTo(label(named), label(other), "deb")).toBe(expected);
  });
});

describe("of RPM", () => {
  test.each([
    ["kernel-core", "kernel-modules-core", true],
    ["kernel-core", "kernel-modules-extra", true],
    ["kernel-modules", "kernel-core", true],
    ["kernel", "kernel-core", true],
    ["kernel-core", "kernel", false],
    ["kernel-uki-virt", "kernel-core", false],
    ["kernel-uki-virt", "kernel-modules-core", true],
    ["kernel-modules", "kernel-uki-virt", false],
    ["kernel-core", "kernel-rt-modules", false],
    ["kernel-rt-core", "kernel-rt-modules-core", true],
    ["kernel-default", "kernel-default-extra", true],
    ["kernel-default", "kernel-default-devel", false],
    ["kernel-core", "kernel-devel", false],
    ["kernel-core", "kernel-headers", false],
    ["perf", "kernel-core", false],
  ])("%s and %s: %s", (named, other, expected) => {
    expect(belongsTo(label(named), label(other), "rpm")).toBe(expected);
  });
});

test("packages of another build or architecture are of another kernel", () => {
  const deb = (version: string, architecture?: string) =>
    belongsTo(
      label("linux-image-6.1.0-9-amd64", "6.1.27-1", "amd64"),
      label("linux-modules-6.1.0-9-amd64", version, architecture),
      "deb",
    );
  expect(deb("6.1.27-1", "amd64")).toBe(true);
  expect(deb("6.1.27-1+1", "amd64")).toBe(true);
  expect(deb("6.1.27-2", "amd64")).toBe(false);
  expect(deb("6.1.27-1", "arm64")).toBe(false);
  const rpm = [label("kernel-core", "6.8.5-1"), label("kernel-modules", "6.8.5-2")] as const;
  expect(belongsTo(...rpm, "rpm")).toBe(false);
});

test("what lacks is named by the release where its name has it", () => {
  expect(modulesAdvice("deb", "6.8.0-31-generic")).toContain("linux-modules-6.8.0-31-generic");
  expect(modulesAdvice("pacman", "6.8.0-arch1-1")).toBeUndefined();
});
