import { describe, expect, test } from "vitest";
import { read } from "../testing/read-tar.ts";
import { padded, pax, paxRecord, tar, tarEntry, withSum } from "../testing/tar-builder.ts";

const names = (archive: Uint8Array) => read(archive).map(({ name }) => name);
const long = `${"d".repeat(120)}/${"f".repeat(120)}`;

describe("what archives hold", () => {
  test("an archive of everything reads the same however it is cut", () => {
    const archive = tar(
      { name: "dir/", type: "5", mode: 0o755, mtime: 7 },
      { name: "dir/file", data: "x".repeat(700) },
      tarEntry({ name: "././@LongLink", type: "L", data: `${long}\0` }),
      { name: "short", data: "y" },
      pax({ path: "päx", size: "3", mtime: "1.25" }),
      { name: "z", data: "abc" },
      { name: "link", type: "2", link: "dir/file" },
      { name: "hard", type: "1", link: "dir/file" },
      { name: "null", type: "3" },
    );
    const whole = read(archive);
    expect(whole).toMatchObject([
      { kind: "directory", name: "dir/", mode: 0o755, mtime: 7, size: 0 },
      { kind: "file", name: "dir/file", size: 700, data: "x".repeat(700) },
      { kind: "file", name: long, data: "y" },
      {
        kind: "file",
        name: Buffer.from("päx").toString("latin1"),
        size: 3,
        mtime: 1.25,
        data: "abc",
      },
      { kind: "symlink", name: "link", link: "dir/file" },
      { kind: "hardlink", name: "hard", link: "dir/file" },
      { kind: "device", name: "null" },
    ]);
    for (const size of [1, 7, 511, 512, 513, 1000]) expect(read(archive, size)).toEqual(whole);
  });

  test.each([
    ["ustar's prefix", tar({ name: "b", prefix: "a" }), "a/b"],
    ["no prefix in GNU's format", tar({ name: "b", prefix: "a", magic: "ustar  \0" }), "b"],
    ["no prefix in the oldest format", tar({ name: "b", prefix: "a", magic: "" }), "b"],
    ["a global record", tar(pax({ path: "g" }, "g"), { name: "b" }), "g"],
    [
      "a record over a global one",
      tar(pax({ path: "g" }, "g"), pax({ path: "l" }), { name: "b" }),
      "l",
    ],
    ["a record taken back", tar(pax({ path: "g" }, "g"), pax({ path: "" }), { name: "b" }), "b"],
    [
      "pax over GNU",
      tar(tarEntry({ name: "", type: "L", data: "gnu" }), pax({ path: "p" }), { name: "b" }),
      "p",
    ],
    ["a label is skipped", tar({ name: "LABEL", type: "V" }, { name: "b" }), "b"],
    ["bytes that are not UTF-8", tar({ name: "\xff\xfe" }), "\xff\xfe"],
  ])("%s", (_, archive, name) => {
    expect(names(archive)).toEqual([name]);
  });

  test("an old directory is a file with a slash", () => {
    expect(read(tar({ name: "d/", type: "\0" }))).toMatchObject([{ kind: "directory" }]);
  });

  test("all but files have no data, whatever their size says", () => {
    const archive = tar({ name: "l", type: "1", link: "a", size: 100 }, { name: "b", data: "b" });
    expect(names(archive)).toEqual(["l", "b"]);
  });

  test("sizes in base 256", () => {
    const header = tarEntry({ name: "big", data: "" });
    header.set([0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3], 124);
    expect(read(tar(Buffer.concat([withSum(header), padded(Buffer.from("abc"))])))).toMatchObject([
      { size: 3, data: "abc" },
    ]);
  });

  test("one block of zeros at the end, none, and anything behind two of them", () => {
    const entry = tarEntry({ name: "a" });
    expect(names(entry)).toEqual(["a"]);
    expect(names(Buffer.concat([entry, Buffer.alloc(512)]))).toEqual(["a"]);
    expect(names(Buffer.concat([tar(entry), Buffer.from("junk")]))).toEqual(["a"]);
  });
});

describe("archives that are refused", () => {
  const badNumber = tarEntry({ name: "a" });
  badNumber.write("0000009", 124, "latin1");
  const negative = tarEntry({ name: "a" });
  negative.fill(0xff, 124, 136);
  const huge = tarEntry({ name: "a" });
  huge.set([0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 124);
  const broken = tarEntry({ name: "a" });
  broken[0] = 0x62;
  const meta = (data: Buffer) => tar(tarEntry({ name: "p", type: "x", data }), { name: "a" });
  test.each([
    [
      "cut in a header",
      tar({ name: "a" }).subarray(0, 100),
      "the tar archive ends inside a header",
    ],
    [
      "cut in a file",
      tar({ name: "a", data: "abc" }).subarray(0, 514),
      'the tar archive ends inside "a"',
    ],
    [
      "cut in padding",
      tar({ name: "a", data: "abc" }).subarray(0, 600),
      'the tar archive ends inside "a"',
    ],
    ["a long name of nothing", tar(pax({ path: "x" })), "the tar archive ends inside a header"],
    ["a wrong sum", tar(broken), "a tar header has a wrong checksum: this is not a tar archive"],
    ["text", Buffer.alloc(1024, "no tar "), "a tar header has a checksum that is not a number"],
    [
      "digits that are not octal",
      tar(withSum(badNumber)),
      "a tar header has a size that is not a number",
    ],
    ["a negative size", tar(withSum(negative)), "a tar header has a size that is not a number"],
    ["a size beyond numbers", tar(withSum(huge)), "a tar header has a size that is not a number"],
    [
      "a type of no standard",
      tar({ name: "a", type: "M" }),
      'tar entry "a" has the type "M", which is not known',
    ],
    [
      "zeros between entries",
      tar(Buffer.alloc(512), { name: "a" }),
      "the tar archive has a block of zeros between its entries",
    ],
    [
      "a long name of gigabytes",
      tar(tarEntry({ name: "", type: "L", size: 2 ** 32 })),
      "a tar header of 4294967296 bytes is longer than 65536 bytes",
    ],
    [
      "a pax length of 0",
      meta(Buffer.from("0 a=b\n")),
      "a pax header has a record with a wrong length",
    ],
    [
      "a pax length too long",
      meta(Buffer.from("99 a=b\n")),
      "a pax header has a record with a wrong length",
    ],
    [
      "a pax length too short",
      meta(Buffer.from("4 path=b\n")),
      "a pax header has a record with a wrong length",
    ],
    [
      "a pax record without end",
      meta(Buffer.from("7 a=bcd")),
      "a pax header has a record with a wrong length",
    ],
    [
      "a pax record without keyword",
      meta(paxRecord("", "b")),
      "a pax header has a record without a keyword",
    ],
    [
      "a NUL in a pax name",
      meta(paxRecord("path", "a\0b")),
      'a pax header has a "path" with a NUL byte in it',
    ],
    [
      "a pax size of text",
      meta(paxRecord("size", "1e9")),
      'a pax header has the size "1e9", which is not a number',
    ],
    [
      "a pax time of text",
      meta(paxRecord("mtime", "now")),
      'a pax header has the mtime "now", which is not a number',
    ],
  ])("%s", (_, archive, sentence) => {
    expect(() => read(archive)).toThrow(sentence);
  });

  test("global headers without end", () => {
    const header = pax({ comment: "x".repeat(40_000) }, "g");
    expect(() => read(tar(header, header, { name: "a" }))).toThrow(
      "the tar archive has global headers of more than 65536 bytes",
    );
  });
});
