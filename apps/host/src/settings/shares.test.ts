import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parseShare } from "./shares.ts";

const top = mkdtempSync(join(tmpdir(), "shares-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

const odd = ["a,b", "a:b", "a'b", 'a"b', "a b", "a\nb", "x:ro", "é", "-x", "a\\b", "C:\\x"];
for (const name of ["plain", ...odd]) mkdirSync(join(top, name));
writeFileSync(join(top, "file"), "");
symlinkSync("plain", join(top, "link"));
symlinkSync("nowhere", join(top, "dangling"));

const share = (text: string, directory = top) => parseShare(text, "--share", directory);
const refusal = (message: string) => expect.objectContaining({ code: "share", message });

test.each([
  ["plain", "plain", false],
  ["plain:rw", "plain", false],
  ["plain:ro", "plain", true],
  ["./plain/", "plain", false],
  ["plain/../plain", "plain", false],
  ["a,b", "a,b", false],
  ["a:b", "a:b", false],
  ["a:b:ro", "a:b", true],
  ["a'b:ro", "a'b", true],
  ['a"b', 'a"b', false],
  ["a b:rw", "a b", false],
  ["a\nb", "a\nb", false],
  ["a\nb:ro", "a\nb", true],
  ["x:ro:rw", "x:ro", false],
  ["x:ro:ro", "x:ro", true],
  ["é", "é", false],
  ["-x", "-x", false],
  ["a\\b", "a\\b", false],
  ["C:\\x", "C:\\x", false],
  ["link", "link", false],
])("%j", (text, name, readonly) => {
  expect(share(text)).toEqual({ path: join(top, name), readonly });
});

test("absolute paths, the directory itself, and the one above", () => {
  expect(share(`${top}/plain:ro`, "/")).toEqual({ path: join(top, "plain"), readonly: true });
  expect(share(".")).toEqual({ path: top, readonly: false });
  expect(share("..", join(top, "plain"))).toEqual({ path: top, readonly: false });
});

test("missing", () => {
  expect(() => share("gone")).toThrowError(
    refusal(
      `--share "gone" does not exist (looked for "${top}/gone"); make it or correct the path`,
    ),
  );
  expect(() => share("x:ro", join(top, "plain"))).toThrowError(
    refusal(
      `--share "x:ro" does not exist (looked for "${top}/plain/x"); make it or correct the path`,
    ),
  );
  expect(() => share("file/below")).toThrowError(
    refusal(
      `--share "file/below" does not exist (looked for "${top}/file/below"); make it or correct the path`,
    ),
  );
  expect(() => share("dangling")).toThrowError(
    refusal(
      `--share "dangling" does not exist (looked for "${top}/dangling"); make it or correct the path`,
    ),
  );
});

test.each([
  ["file", '--share "file" is not a directory; share the directory that holds it'],
  ["file:ro", '--share "file:ro" is not a directory; share the directory that holds it'],
  [":ro", '--share ":ro" names no directory; write DIR or DIR:ro'],
  ["", '--share "" names no directory; write DIR or DIR:ro'],
  ["a\0b", '--share "a\\u0000b" has a NUL byte, which no path can have'],
  ["/", '--share "/" would cover the guest\'s whole root; share a directory below it'],
  ["/..", '--share "/.." would cover the guest\'s whole root; share a directory below it'],
  ["/proc", '--share "/proc" would cover the guest\'s own /proc; share another directory'],
  ["/sys/fs:ro", '--share "/sys/fs:ro" would cover the guest\'s own /sys; share another directory'],
  ["/dev", '--share "/dev" would cover the guest\'s own /dev; share another directory'],
])("%j is refused", (text, message) => {
  expect(() => share(text)).toThrowError(refusal(message));
});

test("a directory below /dev, such as a place in shared memory, is an ordinary one", () => {
  expect(share("/dev/shm")).toEqual({ path: "/dev/shm", readonly: false });
});

test("a name that is too long", () => {
  const name = "x".repeat(300);
  expect(() => share(name)).toThrowError(
    refusal(`--share "${name}" cannot be used (ENAMETOOLONG)`),
  );
});
