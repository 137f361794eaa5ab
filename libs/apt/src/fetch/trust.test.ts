import { scratch } from "@vimto/archive/testing/scratch";
import { describe, expect, test } from "vitest";
import { meta, setup, wholeKernel } from "../testing/setup.ts";
import { archiveOfFile, TestArchive } from "../testing/test-archive.ts";

const packages = [
  wholeKernel("6.1.0-9-amd64", "6.1.9-1"),
  meta("linux-image-amd64", "6.1.0-9-amd64", "6.1.9-1"),
];

const archive = archiveOfFile({ sid: packages });

describe("an index", () => {
  test("past its date is refused, unless the check is off", async () => {
    using own = scratch();
    const dated = new TestArchive(own.path);
    try {
      dated.suite("sid", packages);
      const text = dated.read("dists/sid/Release")?.toString() ?? "";
      dated.sign("sid", `Valid-Until: Wed, 31 Dec 2025 10:00:00 UTC\n${text}`);
      await using s = setup(dated);
      await expect(s.get("debian:sid")).rejects.toMatchObject({
        code: "expired",
        message: `the index of sid at "${s.served.host}" was valid until 2025-12-31: the mirror is not kept up to date, or the clock here is wrong`,
      });
      expect(s.rest()).toEqual(["store"]);
      (await s.get("debian:sid", { checkValidUntil: false })).release();
      const host = { sources: [], proxies: {}, checkValidUntil: false };
      (await s.get("debian:sid", { host, policy: "always" })).release();
      await expect(s.get("debian:sid", { policy: "always" })).rejects.toMatchObject({
        code: "expired",
      });
    } finally {
      dated.close();
    }
  });

  test.each([
    ["gpgv is not installed", { gpgv: null }],
    ["there is no keyring /nowhere/keys.gpg", { keyring: "/nowhere/keys.gpg" }],
  ])("whose signature cannot be checked is told of, or refused: %s", async (reason, options) => {
    await using s = setup(archive());
    await expect(s.get("debian:sid", { ...options, requireSignature: true })).rejects.toMatchObject(
      {
        code: "signature",
        message: `the signature of the index of sid at "${s.served.host}" cannot be checked: ${reason}`,
      },
    );
    expect(s.rest()).toEqual(["store"]);
    (await s.get("debian:sid", options)).release();
    expect(s.notes()).toEqual([`signatures of "${s.served.host}" are not checked: ${reason}`]);
  });

  test("signed by a key that the keyring does not have is not checked", async () => {
    using own = scratch();
    const stranger = new TestArchive(own.path);
    try {
      await using s = setup(archive());
      const options = { keyring: stranger.keyring };
      await expect(s.get("debian:sid", { ...options, requireSignature: true })).rejects.toThrow(
        /cannot be checked: the keyring has no key [0-9A-F]{16}$/,
      );
      (await s.get("debian:sid", options)).release();
      expect(s.notes()).toHaveLength(1);
    } finally {
      stranger.close();
    }
  });

  test("with a file name that leads out of the archive is refused", async () => {
    using own = scratch();
    const hostile = new TestArchive(own.path);
    try {
      hostile.suite("sid", packages);
      const directory = "dists/sid/main/binary-amd64";
      const text = hostile.read(`${directory}/Packages`)?.toString() ?? "";
      const led = Buffer.from(text.replace(/^Filename: .*$/gm, "Filename: ../../etc/passwd"));
      const hex = new Bun.CryptoHasher("sha256").update(led).digest("hex");
      hostile.write(`${directory}/Packages`, led);
      const files = `SHA256:\n ${hex} ${led.length} main/binary-amd64/Packages\n`;
      hostile.sign("sid", `Origin: Debian\nSuite: sid\n${files}`);
      await using s = setup(hostile);
      await expect(s.get("debian:sid")).rejects.toMatchObject({
        code: "mirror",
        message: `the package list of sid at "${s.served.host}" lists "linux-image-6.1.0-9-amd64" without a size, a SHA256 or a file name that can be right`,
      });
    } finally {
      hostile.close();
    }
  });
});
