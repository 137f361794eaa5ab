import { describe, expect, test } from "vitest";
import { type CpioEntry, CpioError, type CpioErrorCode, layout } from "./index.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);

/** The archive as text; every byte of these is ASCII. */
function archive(entries: readonly CpioEntry[]): string {
  return layout(entries)
    .segments.map((segment) =>
      segment.kind === "bytes" ? new TextDecoder().decode(segment.bytes) : "",
    )
    .join("");
}

const small: readonly CpioEntry[] = [
  { type: "directory", path: "bin", mode: 0o755 },
  { type: "file", path: "bin/a", mode: 0o640, content: utf8("hello\n") },
  { type: "file", path: "empty", mode: 0o644, content: utf8("") },
  { type: "symlink", path: "link", target: "bin/a" },
  { type: "char device", path: "console", mode: 0o600, rdev: { major: 5, minor: 1 } },
];

test("golden: the bytes that GNU cpio 2.13 wrote for the same files", () => {
  // mkdir bin && printf 'hello\n' > bin/a && touch empty && ln -s bin/a link &&
  // mknod console c 5 1, the modes above, touch -h -d @0 on all, then
  // printf 'bin\nbin/a\nempty\nlink\nconsole\n' | cpio -o -H newc --reproducible -R 0:0
  const zeros = (count: number) => "0".repeat(8 * count);
  const members = [
    `07070100000000000041ED${zeros(2)}00000002${zeros(6)}0000000400000000bin\0\0\0`,
    `07070100000001000081A0${zeros(2)}000000010000000000000006${zeros(4)}0000000600000000bin/a\0` +
      "hello\n\0\0",
    `07070100000002000081A4${zeros(2)}00000001${zeros(6)}0000000600000000empty\0`,
    `070701000000030000A1FF${zeros(2)}000000010000000000000005${zeros(4)}0000000500000000link\0\0` +
      "bin/a\0\0\0",
    `0707010000000400002180${zeros(2)}00000001${zeros(4)}00000005000000010000000800000000` +
      "console\0\0\0",
    `070701${zeros(4)}00000001${zeros(6)}0000000B00000000TRAILER!!!\0`,
  ];
  const text = members.join("");
  expect(archive(small)).toBe(text.padEnd(1024, "\0"));
});

test("the segments are gapless, and the size is a multiple of 512", () => {
  const { segments, size } = layout([
    ...small,
    { type: "file", path: "big", mode: 0o644, content: { hostPath: "/host/big", size: 1001 } },
    { type: "file", path: "none", mode: 0o644, content: { hostPath: "/host/none", size: 0 } },
  ]);
  let at = 0;
  for (const segment of segments) {
    expect(segment.at).toBe(at);
    at += segment.kind === "bytes" ? segment.bytes.length : segment.size;
  }
  expect(at).toBe(size);
  expect(size % 512).toBe(0);
  expect(segments.filter((segment) => segment.kind === "file")).toEqual([
    { kind: "file", at: expect.any(Number), hostPath: "/host/big", size: 1001 },
  ]);
});

const paths = (entries: readonly CpioEntry[]) =>
  [...archive(entries).matchAll(/070701[0-9A-F]{8}0000([0-9A-F]{4})[0-9A-F]{88}([^\0]+)\0/g)].map(
    ([, mode, path]) => `${mode} ${path}`,
  );

const file = (path: string): CpioEntry => ({
  type: "file",
  path,
  mode: 0o644,
  content: utf8(""),
});

describe("parents", () => {
  test("are made, once, in front of what is in them", () => {
    expect(paths([file("a/b/c"), file("a/d")])).toEqual([
      "41ED a",
      "41ED a/b",
      "81A4 a/b/c",
      "81A4 a/d",
      "0000 TRAILER!!!",
    ]);
  });

  test("keep the mode they were given, also by an entry further back", () => {
    expect(paths([file("a/b"), { type: "directory", path: "a", mode: 0o700 }])).toEqual([
      "41C0 a",
      "81A4 a/b",
      "0000 TRAILER!!!",
    ]);
  });

  test("are not found by a prefix of their name", () => {
    expect(paths([file("ab"), file("a/b")])).toEqual([
      "81A4 ab",
      "41ED a",
      "81A4 a/b",
      "0000 TRAILER!!!",
    ]);
  });
});

describe("page-aligned content", () => {
  const aligned = (size: number, before: number) =>
    layout([
      { type: "file", path: "before", mode: 0o644, content: new Uint8Array(before) },
      {
        type: "file",
        path: "aligned",
        mode: 0o644,
        content: { hostPath: "/host/file", size },
        pageAligned: true,
      },
    ]).segments.find((segment) => segment.kind === "file")?.at ?? -1;

  test("starts on a page, except where the name field would be longer than PATH_MAX", () => {
    const unaligned: number[] = [];
    for (let before = 0; before < 4096; before += 4) {
      const at = aligned(10, before);
      // 120 bytes for the entry in front, then a header of 110 and at most 4096 of name.
      expect(at).toBeLessThanOrEqual(before + 120 + 110 + 4096);
      if (at % 4096 !== 0) unaligned.push(before);
    }
    expect(unaligned).toEqual([3860, 3864]);
  });

  test("costs nothing when there is no content", () => {
    const { size } = layout([
      { ...file("a"), type: "file", content: utf8(""), mode: 0, pageAligned: true },
    ]);
    expect(size).toBe(512);
  });
});

const long = "x".repeat(255);
const directory = (path: string): CpioEntry => ({ type: "directory", path, mode: 0o755 });
const link = (path: string, target: string): CpioEntry => ({ type: "symlink", path, target });
const device = (major: number, minor: number): CpioEntry => ({
  type: "char device",
  path: "dev",
  mode: 0o600,
  rdev: { major, minor },
});
const sized = (size: number): CpioEntry => ({
  type: "file",
  path: "big",
  mode: 0o644,
  content: { hostPath: "/host/big", size },
});

const refused: readonly [readonly CpioEntry[], CpioErrorCode, string][] = [
  [[file("")], "path", "an archive entry has an empty path"],
  [[file("/init")], "path", 'archive entry "/init" is not a plain relative path: write "init"'],
  [[file("./a//b/")], "path", 'archive entry "./a//b/" is not a plain relative path: write "a/b"'],
  [
    [file(".")],
    "path",
    'archive entry "." is not a plain relative path: the root itself is no entry',
  ],
  [
    [file("a/../b")],
    "path",
    'archive entry "a/../b" has ".." in its path: write the path it stands for',
  ],
  [[file("a\0b")], "path", 'archive entry "a\\u0000b" has a NUL byte in its path'],
  [[file("a\ud800")], "path", 'archive entry "a\\ud800" has a path that is not Unicode'],
  [
    [file("TRAILER!!!")],
    "path",
    'archive entry "TRAILER!!!" has the name that ends an archive: choose another',
  ],
  [
    [file(`${long}/`.repeat(16))],
    "path",
    `archive entry "${"x".repeat(60)}..." is not a plain relative path: write "${"x".repeat(60)}..."`,
  ],
  [
    [file(`${`${long}/`.repeat(15)}${long}y`)],
    "path",
    `archive entry "${"x".repeat(60)}..." has a path of 4096 bytes: the kernel allows 4095`,
  ],
  [
    [file(`a/${"é".repeat(128)}`)],
    "path",
    `archive entry "a/${"é".repeat(58)}..." has a name of 256 bytes in its path: the kernel allows 255`,
  ],
  [[file("a"), directory("a")], "duplicate", 'archive entry "a" is there twice'],
  [
    [file("a/b"), file("a")],
    "parent",
    'archive entry "a/b" lies below "a", which is a file: only directories hold entries',
  ],
  [
    [link("lib", "usr/lib"), file("lib/x/y")],
    "parent",
    'archive entry "lib/x/y" lies below "lib", which is a symlink: put it below "usr/lib"',
  ],
  [
    [{ type: "directory", path: "a", mode: 0o40755 }],
    "mode",
    'archive entry "a" has the mode 40755 (octal): give permission bits alone, 0 to 7777',
  ],
  [[link("a", "")], "target", 'archive entry "a" is a symlink to nothing'],
  [
    [link("a", "b\0")],
    "target",
    'archive entry "a" is a symlink to "b\\u0000", which has a NUL byte',
  ],
  [
    [link("a", "\udc00")],
    "target",
    'archive entry "a" is a symlink to "\\udc00", which is not Unicode',
  ],
  [
    [link("a", "b".repeat(4096))],
    "target",
    'archive entry "a" is a symlink to a path of 4096 bytes: the kernel allows 4095',
  ],
  [
    [device(4096, 0)],
    "device",
    'archive entry "dev" has the device number 4096:0: the kernel allows 0:0 to 4095:1048575',
  ],
  [
    [device(1, 1_048_576)],
    "device",
    'archive entry "dev" has the device number 1:1048576: the kernel allows 0:0 to 4095:1048575',
  ],
  [
    [sized(4_294_967_296)],
    "size",
    'archive entry "big" has 4294967296 bytes: the archive allows 0 to 4294967295',
  ],
  [[sized(-1)], "size", 'archive entry "big" has -1 bytes: the archive allows 0 to 4294967295'],
];

test.each(refused)("%j is refused", (entries, code, message) => {
  expect(() => layout(entries)).toThrow(new CpioError(code, message));
});

test("the longest path, name, target, size and device number are taken", () => {
  const { size } = layout([
    file(`${`${long}/`.repeat(15)}${long}`),
    link("link", "b".repeat(4095)),
    sized(4_294_967_295),
    device(4095, 1_048_575),
  ]);
  expect(size).toBeGreaterThan(4_294_967_295);
});
