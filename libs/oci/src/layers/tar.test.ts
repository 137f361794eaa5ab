import { describe, expect, test } from "vitest";
import { padded, pax, paxRecord, tar, tarEntry, withSum } from "../testing/tar-builder.ts";
import type { TarEntry } from "./tar-archive.ts";
import { TarDecoder } from "./tar-decoder.ts";

type Read = Partial<TarEntry> & { data?: string; at?: number[] };

/** What an archive holds, read in chunks of `size` bytes. */
function read(archive: Uint8Array, size = archive.length, headerBytes = 65536): Read[] {
  const entries: Read[] = [];
  const decoder = new TarDecoder(
    {
      entry: (entry) => entries.push({ ...entry }),
      data: (bytes, offset) => {
        const last = entries.at(-1);
        if (!last) throw new Error("data without an entry");
        last.data = (last.data ?? "") + Buffer.from(bytes).toString("latin1");
        if (last.at?.at(-1) !== offset) last.at = [...(last.at ?? []), offset];
        last.at[last.at.length - 1] = offset + bytes.length;
      },
      close: () => {},
    },
    headerBytes,
  );
  for (let at = 0; at < archive.length; at += size) decoder.push(archive.subarray(at, at + size));
  decoder.end();
  return entries.map(({ at: _, ...entry }) => entry);
}

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

describe("sparse files", () => {
  /** Data "abc" at 10 and "de" at 20, in a file of 30 bytes. */
  const formats: [string, Buffer][] = [
    ["pax 0.0", tar(pax0(["10", "3", "20", "2"], "30"), { name: "s", data: "abcde" })],
    [
      "pax 0.1",
      tar(pax({ "GNU.sparse.size": "30", "GNU.sparse.map": "10,3,20,2" }), {
        name: "s",
        data: "abcde",
      }),
    ],
    ["pax 1.0", sparse1("2\n10\n3\n20\n2\n")],
    ["old GNU", oldGnu()],
  ];

  test.each(formats)("%s", (_, archive) => {
    for (const size of [archive.length, 100, 1]) {
      expect(read(archive, size)).toMatchObject([{ name: "s", size: 30, data: "abcde" }]);
    }
  });

  test.each([
    [
      "data outside of the file",
      "10,3,29,2",
      "a sparse file has data outside of itself or out of order",
    ],
    [
      "data in the wrong order",
      "20,3,10,2",
      "a sparse file has data outside of itself or out of order",
    ],
    ["more data than the map", "10,3", "a sparse file has 5 bytes of data for a map of 3"],
    ["half a stretch", "10,3,20", "a sparse map has an offset without a size"],
    [
      "a stretch of text",
      "10,3,20,x",
      'a pax header has the sparse size "x", which is not a number',
    ],
  ])("%s", (_, map, sentence) => {
    const records = pax({ "GNU.sparse.size": "30", "GNU.sparse.map": map });
    expect(() => read(tar(records, { name: "s", data: "abcde" }))).toThrow(sentence);
  });

  test("a map that claims a million stretches, and one without an end", () => {
    expect(() => read(sparse1("1000000\n"))).toThrow(
      "a sparse file has more than 100000 stretches of data",
    );
    expect(() => read(sparse1("9\n1\n"))).toThrow('the sparse map of "s" does not end');
  });

  function pax0(numbers: string[], size: string): Buffer {
    const records = numbers.map((value, i) =>
      paxRecord(i % 2 === 0 ? "GNU.sparse.offset" : "GNU.sparse.numbytes", value),
    );
    const data = Buffer.concat([paxRecord("GNU.sparse.size", size), ...records]);
    return tarEntry({ name: "p", type: "x", data });
  }

  function sparse1(map: string): Buffer {
    const records = pax({
      "GNU.sparse.major": "1",
      "GNU.sparse.minor": "0",
      "GNU.sparse.name": "s",
      "GNU.sparse.realsize": "30",
    });
    const data = Buffer.concat([padded(Buffer.from(map)), Buffer.from("abcde")]);
    return tar(records, { name: "GNUSparseFile.1/s", data });
  }

  function oldGnu(): Buffer {
    const octal = (value: number) => `${value.toString(8).padStart(11, "0")}\0`;
    const header = tarEntry({ name: "s", type: "S", size: 5, magic: "ustar  \0" });
    header.write([10, 3, 20].map(octal).join(""), 386, "latin1");
    header.write(octal(2), 386 + 36, "latin1");
    header.write(octal(30), 483, "latin1");
    return tar(Buffer.concat([withSum(header), padded(Buffer.from("abcde"))]));
  }
});
