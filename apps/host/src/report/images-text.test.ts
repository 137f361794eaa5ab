import { expect, test } from "vitest";
import { imagesText } from "./images-text.ts";

const now = Date.UTC(2026, 0, 2);
const image = {
  name: "ghcr.io/cilium/ci-kernels:stable",
  digest: `sha256:0123456789abcdef${"0".repeat(48)}`,
  platform: "linux/amd64",
  bytes: 150 * 2 ** 20,
  lastUse: now - 3 * 86_400_000,
  inUse: false,
};

test("one line an image", () => {
  const other = { ...image, name: "oci:/srv/kernel", bytes: 2 ** 20, inUse: true };
  expect(imagesText("/cache/images", [image, other], now)).toBe(
    [
      "IMAGE                             DIGEST               PLATFORM        SIZE  LAST USE",
      "ghcr.io/cilium/ci-kernels:stable  sha256:0123456789ab  linux/amd64  150 MiB  3 days ago",
      "oci:/srv/kernel                   sha256:0123456789ab  linux/amd64  1.0 MiB  in use",
      "",
    ].join("\n"),
  );
});

test("no image", () => {
  expect(imagesText("/cache/images", [], now)).toBe("no images in /cache/images\n");
});
