import { describe, expect, test } from "vitest";
import { AptError } from "../errors.ts";
import { formatKernelName, parseKernelName } from "./kernel-name.ts";
import { compareVersions } from "./version.ts";

describe("a kernel's name", () => {
  test.each([
    ["debian:12", "debian:bookworm"],
    ["debian:bookworm", "debian:bookworm"],
    ["debian:11/cloud", "debian:bullseye/cloud"],
    ["debian:unstable", "debian:sid"],
    ["debian:stable", "debian:stable"],
    ["debian:bookworm-backports/rt", "debian:bookworm-backports/rt"],
    ["debian:6.12", "debian:6.12"],
    ["debian:6.12/rt", "debian:6.12/rt"],
    ["debian:6.1.0-56-amd64", "debian:6.1.0-56-amd64"],
    ["debian:6.12.117+deb13-cloud-amd64", "debian:6.12.117+deb13-cloud-amd64"],
    ["ubuntu:24.04", "ubuntu:noble"],
    ["ubuntu:noble/hwe", "ubuntu:noble/hwe"],
    ["ubuntu:6.8", "ubuntu:6.8"],
    ["ubuntu:6.10", "ubuntu:6.10"],
    ["ubuntu:6.8.0-31-generic", "ubuntu:6.8.0-31-generic"],
  ])("%s is %s", (text, name) => {
    const parsed = parseKernelName(text);
    expect(parsed && formatKernelName(parsed)).toBe(name);
  });

  test.each(["debian", "./debian:12", "docker.io/library/debian:12", "fedora:40", "6.1"])(
    "%s is of another kind",
    (text) => {
      expect(parseKernelName(text)).toBeUndefined();
    },
  );

  const debian =
    "write debian:12, debian:bookworm, debian:bookworm/cloud, debian:6.12 or debian:6.1.0-56-amd64";
  const ubuntu =
    "write ubuntu:24.04, ubuntu:noble, ubuntu:noble/hwe, ubuntu:6.8 or ubuntu:6.8.0-31-generic";
  test.each([
    ["debian:", `kernel "debian:" names no release: ${debian}`],
    ["debian:/rt", `kernel "debian:/rt" names no release: ${debian}`],
    ["debian:12/", `kernel "debian:12/" has an empty flavour: ${debian}`],
    ["debian:12/rt/x", `kernel "debian:12/rt/x" has more than one flavour: ${debian}`],
    ["debian:12/..", `kernel "debian:12/.." has a flavour that cannot be one: ${debian}`],
    ["debian:99", `kernel "debian:99" names the release "99", which is not known: ${debian}`],
    [
      "debian:Bookworm",
      `kernel "debian:Bookworm" names the release "Bookworm", which is not known: ${debian}`,
    ],
    [
      "debian:6.1.0-56-amd64/rt",
      `kernel "debian:6.1.0-56-amd64/rt" has a flavour twice: ${debian}`,
    ],
    [
      "ubuntu:19.10",
      `kernel "ubuntu:19.10" names the release "19.10", which is not known: ${ubuntu}`,
    ],
  ])("%s is refused", (text, sentence) => {
    expect(() => parseKernelName(text)).toThrow(new AptError("name", sentence));
  });
});

describe("versions", () => {
  const ascending = [
    "1.0~rc1-1",
    "1.0-1",
    "1.0-1+b1",
    "1.0-2",
    "1.0-10",
    "1.0a-1",
    "1.0+x-1",
    "1.0.1-1",
    "6.1.9-1",
    "6.1.170-3",
    "6.12.9~bpo12-1",
    "6.12.9-1",
    "1:0.1-1",
  ];

  test("are in dpkg's order", () => {
    for (let seed = 1; seed < 20; seed++) {
      const mixed = [...ascending].sort((a, b) =>
        Bun.hash(a + seed) < Bun.hash(b + seed) ? -1 : 1,
      );
      expect(mixed.sort(compareVersions)).toEqual(ascending);
    }
  });

  test("are compared as dpkg compares them", (context) => {
    if (Bun.which("dpkg") === null) context.skip("dpkg is not installed");
    for (const a of ascending) {
      for (const b of ascending) {
        const older = Bun.spawnSync(["dpkg", "--compare-versions", a, "lt", b]).exitCode === 0;
        expect(compareVersions(a, b) < 0, `${a} < ${b}`).toBe(older);
      }
    }
  });
});
