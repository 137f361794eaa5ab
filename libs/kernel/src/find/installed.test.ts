import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { place } from "../testing/place.ts";
import { whileUnreadable } from "../testing/unprivileged.ts";
import { hostKernel, installedKernels } from "./installed.ts";

const two = {
  "boot/vmlinuz-6.1.0-9-amd64": "k",
  "boot/vmlinuz-6.1.0-10-amd64": "k",
  "boot/vmlinuz-old/file": "",
  "boot/initrd.img-6.1.0-9-amd64": "i",
};

describe("installed kernels", () => {
  test("are listed, the newest first", () => {
    const root = place(two);
    expect(installedKernels(root)).toEqual([
      {
        release: "6.1.0-10-amd64",
        path: join(root, "boot/vmlinuz-6.1.0-10-amd64"),
        readable: true,
      },
      { release: "6.1.0-9-amd64", path: join(root, "boot/vmlinuz-6.1.0-9-amd64"), readable: true },
    ]);
  });

  test("are none where there is no /boot", () => {
    expect(installedKernels(place())).toEqual([]);
  });

  test("may be unreadable", () => {
    const root = place(two);
    chmodSync(root, 0o755);
    const path = join(root, "boot/vmlinuz-6.1.0-10-amd64");
    const readable = whileUnreadable(path, () => installedKernels(root)).map(
      (kernel) => kernel.readable,
    );
    expect(readable).toEqual([false, true]);
  });
});

describe("the host's kernel", () => {
  const kernel = (release: string, readable = true) => ({
    release,
    path: `/boot/vmlinuz-${release}`,
    readable,
  });
  const installed = [kernel("6.12.1"), kernel("6.1.0-56-amd64"), kernel("5.10.0", false)];

  test("is the running one, or the one of a version", () => {
    expect(hostKernel("6.12.1", undefined, installed)).toBe(installed[0]);
    expect(hostKernel("6.12.1", "6.1.0-56-amd64", installed)).toBe(installed[1]);
  });

  test.each([
    [
      "the running one not in /boot",
      "6.18.44",
      undefined,
      installed,
      "this machine runs Linux 6.18.44, which is not in /boot; name host:6.12.1 (installed are 6.12.1, 6.1.0-56-amd64 and 5.10.0)",
    ],
    [
      "none in /boot",
      "6.18.44",
      undefined,
      [],
      "this machine runs Linux 6.18.44, which is not in /boot; no kernel is installed there: name a file, a directory or an image",
    ],
    [
      "a version that is not installed",
      "6.12.1",
      "6.1",
      installed,
      'there is no kernel "6.1" in /boot; name host:6.1.0-56-amd64 (installed are 6.12.1, 6.1.0-56-amd64 and 5.10.0)',
    ],
    [
      "a version where there is one",
      "6.12.1",
      "6.13",
      [kernel("6.12.1")],
      'there is no kernel "6.13" in /boot; name host:6.12.1',
    ],
    [
      "a version where there is none",
      "6.12.1",
      "6.13",
      [],
      'there is no kernel "6.13" in /boot; no kernel is installed there: name a file, a directory or an image',
    ],
    [
      "one that may not be read",
      "5.10.0",
      undefined,
      installed,
      `the host's kernel "/boot/vmlinuz-5.10.0" may not be read by this user; let root run chmod a+r on it, or name host:6.12.1`,
    ],
    [
      "none that may be read",
      "5.10.0",
      "5.10.0",
      [kernel("5.10.0", false)],
      `the host's kernel "/boot/vmlinuz-5.10.0" may not be read by this user; let root run chmod a+r on it`,
    ],
  ])("%s", (_name, running, wanted, kernels, message) => {
    expect(() => hostKernel(running, wanted, kernels)).toThrow(message);
  });
});
