import { expect, test } from "vitest";
import { tagReplacer } from "./retag.ts";

const digest = `sha256:${"0".repeat(64)}`;

test.each([
  ["ghcr.io/cilium/ci-kernels:stable", "ghcr.io/cilium/ci-kernels:6.6"],
  ["ghcr.io/cilium/ci-kernels", "ghcr.io/cilium/ci-kernels:6.6"],
  ["localhost:5000/kernels", "localhost:5000/kernels:6.6"],
  [`localhost:5000/kernels:stable@${digest}`, "localhost:5000/kernels:6.6"],
  ["kernels", "docker.io/library/kernels:6.6"],
  ["hosting/kernels:1", "docker.io/hosting/kernels:6.6"],
  ["oci:a:b", "oci:a:6.6"],
  ["oci-archive:/a", "oci-archive:/a:6.6"],
])("%s", async (image, expected) => {
  expect((await tagReplacer())(image, "6.6")).toBe(expected);
});

test.each(["./vmlinuz", "../a:b", "/boot/vmlinuz", "~/k", "host", "host:6.1.0", "bzImage"])(
  "%s is no image name",
  async (name) => {
    expect((await tagReplacer())(name, "6.6")).toBeUndefined();
  },
);
