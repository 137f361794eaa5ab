import { expect, test } from "vitest";
import { settingsOf } from "../settings/testing/fixture.ts";
import { retagged, withTag } from "./retag.ts";

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
  expect(await retagged(image, "6.6")).toBe(expected);
});

test.each(["./vmlinuz", "../a:b", "/boot/vmlinuz", "~/k", "host", "host:6.1.0", "bzImage"])(
  "%s is no image name",
  async (name) => {
    expect(await retagged(name, "6.6")).toBeUndefined();
  },
);

const toml = "kernel = 'ghcr.io/cilium/ci-kernels:stable'";

test("a tag replaces that of the configured image, also in what the settings say of it", async () => {
  const settings = await withTag(settingsOf({ toml, argv: ["-kernel", ":6.6"] }));
  const text = "ghcr.io/cilium/ci-kernels:6.6";
  expect(settings.kernel).toEqual({ text, directory: "/project" });
  expect(settings.written.get("kernel")).toEqual([
    { text, origin: { from: "flag", spelling: "-kernel" } },
  ]);
});

test("settings without a tag stay as they are", async () => {
  const settings = settingsOf({ toml });
  expect(await withTag(settings)).toBe(settings);
});

test("a tag needs an image", async () => {
  const settings = settingsOf({ toml: "kernel = './vmlinuz'", argv: ["--kernel", ":6.6"] });
  await expect(withTag(settings)).rejects.toMatchObject({
    code: "bad-value",
    message:
      '--kernel ":6.6" needs a configured image, but the kernel is "./vmlinuz"; name the whole image instead',
  });
});
