import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { randomFrom } from "@vimto/linux/testing/random";
import { expect, test } from "vitest";
import { ArchiveError } from "../error.ts";
import { scratch } from "../testing/scratch.ts";
import { CpioDecoder } from "./cpio-decoder.ts";

/** One line for each entry: kind, name, mode, and its data or where it leads. */
function read(archive: Uint8Array, size: number, isWhole = true): string[] {
  const lines: string[] = [];
  const decoder = new CpioDecoder({
    entry: ({ kind, name, mode, link }) =>
      lines.push(`${kind} ${name} ${mode.toString(8)}${link === "" ? " " : ` -> ${link}`}`),
    data: (bytes) => {
      lines[lines.length - 1] += Buffer.from(bytes).toString("latin1");
    },
    close: () => {},
  });
  for (let at = 0; at < archive.length; at += size) decoder.push(archive.subarray(at, at + size));
  if (isWhole) decoder.end();
  return lines;
}

/** An archive of GNU cpio. */
function archive(format: string): Buffer {
  using place = scratch();
  const at = (name: string) => join(place.path, name);
  mkdirSync(at("boot"), { mode: 0o755 });
  writeFileSync(at("boot/vmlinuz"), "kernel", { mode: 0o600 });
  linkSync(at("boot/vmlinuz"), at("boot/again"));
  writeFileSync(at("empty"), "", { mode: 0o644 });
  symlinkSync("boot/vmlinuz", at("link"));
  const names = ["boot", "boot/vmlinuz", "empty", "boot/again", "link"];
  const { stdout, exitCode } = Bun.spawnSync(["cpio", "--quiet", "-o", "-H", format], {
    cwd: place.path,
    stdin: Buffer.from(names.map((name) => `${name}\n`).join("")),
  });
  expect(exitCode).toBe(0);
  return stdout;
}

const entries = [
  "directory boot 755 ",
  "file empty 644 ",
  "file boot/again 600 kernel",
  "hardlink boot/vmlinuz 600 -> boot/again",
  "symlink link 777 -> boot/vmlinuz",
];

test.each(["newc", "crc"])("an archive in the format %s, in chunks of any size", (format) => {
  const bytes = archive(format);
  for (const size of [1, 3, 7, 110, 512, bytes.length]) {
    expect([...read(bytes, size)].sort()).toEqual([...entries].sort());
  }
});

test("cut at any place is an error, or whole", () => {
  const bytes = archive("newc");
  const end = bytes.lastIndexOf("TRAILER!!!") + "TRAILER!!!".length;
  for (let cut = 0; cut < end; cut++) {
    expect(() => read(bytes.subarray(0, cut), 50), `cut at ${cut}`).toThrow(ArchiveError);
  }
});

test("other files, and headers with wrong numbers, are one sentence", () => {
  expect(() => read(Buffer.from("x".repeat(200)), 200)).toThrow(
    '"xxxxxx" does not begin an entry of a cpio archive',
  );
  const long = Buffer.from(archive("newc"));
  long.write("00100000", 6 + 11 * 8, "latin1");
  expect(() => read(long, 1000)).toThrow(
    "a cpio header has a name of 1048576 bytes: 4096 is the most",
  );
});

test("archives with random bytes changed are read or refused, and nothing else", () => {
  const bytes = archive("newc");
  for (let seed = 0; seed < 2000; seed++) {
    const random = randomFrom(seed);
    const changed = Buffer.from(bytes);
    for (let i = 0; i <= random(3); i++) changed[random(changed.length)] = random(256);
    try {
      read(changed, 100);
    } catch (error) {
      expect(error, `seed ${seed}`).toBeInstanceOf(ArchiveError);
    }
  }
});
