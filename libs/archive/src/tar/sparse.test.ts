import { describe, expect, test } from "vitest";
import { read } from "../testing/read-tar.ts";
import { padded, pax, paxRecord, tar, tarEntry, withSum } from "../testing/tar-builder.ts";

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
      expect(read(archive, size)).toMatchObject([
        { name: "s", size: 30, data: "abcde", places: "10-13 20-22" },
      ]);
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
