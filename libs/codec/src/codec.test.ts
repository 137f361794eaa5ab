import { randomFrom } from "@vimto/linux/testing/random";
import { describe, expect, test } from "vitest";
import { type Compression, compressionOf, decompress, decompressTo } from "./decompress.ts";
import { CodecError } from "./error.ts";
import { decompressHead } from "./head.ts";
import { sample } from "./testing/sample.ts";
import { tool } from "./testing/tools.ts";

const base64 = (text: string) => new Uint8Array(Buffer.from(text, "base64"));

const plain = "vimto vimto vimto, said the kernel. ";

/** `printf '%s' 'vimto vimto ...' | COMMAND | base64 -w0`, with the programs of Debian 12. */
const golden: readonly (readonly [Compression, string, string])[] = [
  ["gzip", "gzip -9nc", "H4sIAAAAAAACAyvLzC3JVyhDkDoKxYmZKQolGakK2alFeak5egoAC8sjCyQAAAA="],
  ["lzma", "lzma -9c", "XQAAAAT//////////wA7Gkn8OEv0yIss/2pyo9t2n3CvFqCho12iPMOqOEIj//+L5gAA"],
  ["lz4", "lz4 -l -c", "AiFMGB4AAABndmltdG8gBgDwBCwgc2FpZCB0aGUga2VybmVsLiA="],
  ["zstd", "zstd -19 -c", "KLUv/QRo/QAAyHZpbXRvICwgc2FpZCB0aGUga2VybmVsLiABADFKEZKt5Jk="],
  [
    "xz",
    "xz --check=crc32 --x86 --lzma2=dict=1MiB -c",
    "/Td6WFoAAAFpIt42AgEEACEBEACLIW9J4AAjAB9dADsaSfw4S/TIiyz/anKj23afcK8WoKGjXaI8w6kE+oAAAAvLIwsAATckzvGCjJBCmQ0BAAAAAAFZWg==",
  ],
];

/** The programs of the distribution, as kernels and their modules are built with them. */
const commands: readonly (readonly [Compression, readonly [string, ...string[]]])[] = [
  ["gzip", ["gzip", "-9n"]],
  ["lzma", ["lzma", "-9"]],
  ["lz4", ["lz4", "-l", "-9", "-c"]],
  ["lz4", ["lz4", "-l", "-1", "-c"]],
  ["lz4", ["lz4", "-9", "-B4", "-BD", "-BX", "-c"]],
  ["lz4", ["lz4", "-1", "-B5", "--no-frame-crc", "--content-size", "-c"]],
  ["zstd", ["zstd", "-19", "-c"]],
  ["zstd", ["zstd", "--no-check", "-1", "-c"]],
  ["xz", ["xz", "--check=crc32", "--lzma2=dict=1MiB"]],
  ["xz", ["xz", "--check=crc32", "--x86", "--lzma2=dict=32MiB"]],
  ["xz", ["xz", "--check=crc64", "--arm64", "--lzma2=preset=6"]],
  ["xz", ["xz", "--check=sha256", "--x86", "--arm64", "--lzma2=preset=0"]],
  ["xz", ["xz", "--check=none", "--lzma2=lc=1,lp=3,pb=0"]],
  ["xz", ["xz", "-T2", "--block-size=100000"]],
];

describe.each(commands)("%s of %j", (compression, command) => {
  test("is what went in", (context) => {
    for (const content of [sample(700_000), sample(1200, 2), new Uint8Array(300_000)]) {
      const packed = new Uint8Array(tool(context, command, content));
      expect(compressionOf(packed)).toBe(compression);
      const unpacked = decompressTo(compression, packed, content.length);
      expect(Buffer.compare(unpacked, content)).toBe(0);
    }
  });

  test("cut at random places is an error, or right where only its end is gone", (context) => {
    const content = sample(20_000, 3);
    const packed = new Uint8Array(tool(context, command, content));
    const random = randomFrom(11);
    for (let round = 0; round < 60; round++) {
      const cut = random(packed.length);
      const unpacked = attempt(compression, packed.subarray(0, cut), content.length);
      if (unpacked === undefined) continue;
      expect(packed.length - cut, `cut at ${cut}`).toBeLessThan(16);
      expect(Buffer.compare(unpacked, content), `cut at ${cut}`).toBe(0);
    }
  });

  test("with random bits changed is an error, or right where a checksum is", (context) => {
    const content = sample(5_000, 4);
    const packed = new Uint8Array(tool(context, command, content));
    const checked = compression === "gzip" || command.includes("--check=crc32");
    const random = randomFrom(12);
    for (let round = 0; round < 150; round++) {
      const at = random(packed.length);
      const damaged = packed.with(at, (packed[at] ?? 0) ^ (1 << random(8)));
      const unpacked = attempt(compression, damaged, content.length);
      if (unpacked === undefined) continue;
      expect(unpacked.length).toBe(content.length);
      if (checked) expect(Buffer.compare(unpacked, content), `byte ${at}`).toBe(0);
    }
  });
});

/** The unpacked bytes, or undefined for a CodecError; any other error is thrown. */
function attempt(compression: Compression, bytes: Uint8Array, size: number) {
  try {
    return decompressTo(compression, bytes, size);
  } catch (error) {
    if (error instanceof CodecError) return undefined;
    throw error;
  }
}

describe.each(golden)("%s as `%s` makes it", (compression, _command, packed) => {
  const bytes = base64(packed);

  test("is what went in", () => {
    expect(compressionOf(bytes)).toBe(compression);
    expect(Buffer.from(decompressTo(compression, bytes, plain.length)).toString()).toBe(plain);
  });

  test("cut at every place is an error, or right where only its end is gone", () => {
    for (let cut = 0; cut < bytes.length; cut++) {
      const unpacked = attempt(compression, bytes.subarray(0, cut), plain.length);
      if (unpacked !== undefined) expect(Buffer.from(unpacked).toString(), `${cut}`).toBe(plain);
    }
  });
});

describe("sizes", () => {
  const content = sample(5_000);

  test.for([
    ["gzip", ["gzip", "-c"], "its gzip data unpacks to more than 4999 bytes"],
    ["zstd", ["zstd", "-c"], "its zstd data unpacks to more than 4999 bytes"],
    ["xz", ["xz", "-c"], "its xz data unpacks to 5000 bytes, more than 4999"],
    ["lz4", ["lz4", "-l", "-c"], "its lz4 data unpacks to more than 4999 bytes"],
    ["lz4", ["lz4", "-c"], "its lz4 data unpacks to more than 4999 bytes"],
  ] as const)("%s is not unpacked beyond its bound", ([compression, command, message], context) => {
    const packed = tool(context, command, content);
    expect(() => decompress(compression, packed, 4999)).toThrow(message);
  });

  test.for([
    ["gzip", ["gzip", "-c"], 5001, "its gzip data unpacks to 5000 bytes instead of 5001"],
    ["lz4", ["lz4", "-l", "-c"], 5001, "its lz4 data unpacks to 5000 bytes instead of 5001"],
    ["lz4", ["lz4", "-l", "-c"], 4999, "its lz4 data unpacks to more than 4999 bytes"],
    ["lzma", ["lzma", "-c"], 5001, "its lzma data unpacks to 5000 bytes instead of 5001"],
  ] as const)(
    "%s of another size than wanted",
    ([compression, command, size, message], context) => {
      const packed = tool(context, command, content);
      expect(() => decompressTo(compression, packed, size)).toThrow(message);
    },
  );
});

describe("lz4 frames", () => {
  test("one behind the other, with bytes to skip between them", (context) => {
    const content = sample(100_000, 5);
    const parts = [["-l"], [], ["-BD"], ["-l", "-9"], ["-l"]].map((options) =>
      tool(context, ["lz4", ...options, "-c"], content),
    );
    parts.splice(2, 0, Buffer.from("\x5f\x2a\x4d\x18\x03\0\0\0abc", "latin1"));
    const unpacked = decompress("lz4", new Uint8Array(Buffer.concat(parts)), 500_000);
    expect(Buffer.compare(unpacked, Buffer.concat(Array(5).fill(content)))).toBe(0);
  });

  test("larger than a block", (context) => {
    const content = sample(20_000_000, 6);
    for (const options of [["-l"], ["-BD"]]) {
      const packed = tool(context, ["lz4", ...options, "-c"], content);
      expect(Buffer.compare(decompress("lz4", packed, 2 ** 30), content)).toBe(0);
    }
  });

  test.for([
    [[10], "has a damaged header"],
    [[-1], "does not match its checksum"],
    [[4], "has an unknown header"],
  ] as const)("with byte %j changed", ([[at], reason], context) => {
    const packed = tool(context, ["lz4", "--content-size", "-c"], sample(5_000));
    const index = at < 0 ? packed.length + at : at;
    const damaged = Uint8Array.from(packed).with(index, (packed[index] ?? 0) ^ 0x80);
    expect(() => decompress("lz4", damaged, 5_000)).toThrow(`its lz4 data ${reason}`);
  });
});

describe("the first bytes", () => {
  const content = sample(900_000, 7);

  test.for([
    ["gzip", ["gzip", "-c"]],
    ["zstd", ["zstd", "-19", "-c"]],
    ["zstd", ["zstd", "-1", "-c"]],
    ["xz", ["xz", "-c"]],
    ["lz4", ["lz4", "-l", "-c"]],
    ["lz4", ["lz4", "-B4", "--content-size", "-c"]],
  ] as const)("of %s of %j", ([compression, command], context) => {
    const packed = tool(context, command, content);
    for (const part of [packed, packed.subarray(0, 200_000)]) {
      const head = decompressHead(compression, part, 4096);
      expect(Buffer.compare(head, content.subarray(0, 4096))).toBe(0);
    }
    expect(decompressHead(compression, packed.subarray(0, 15), 4096)).toHaveLength(0);
  });

  test.for([
    ["gzip", "gzip -1 -c", 512, 4096],
    ["zstd", "zstd -c", 1024, 4096],
    ["xz", "xz -0 -c", 128, 4096],
    ["xz", "xz --x86 --lzma2=preset=0 -c", 128, 0],
    ["lz4", "lz4 -l -c", 1024, 4096],
    ["lz4", "lz4 -c", 1024, 4096],
  ] as const)(
    "of %s are all that `%s` of %i MiB of zeros takes up",
    ([compression, command, size, length], context) => {
      const packed = tool(context, ["sh", "-c", `head -c ${size}M /dev/zero | ${command}`]);
      const before = process.resourceUsage().maxRSS;
      const head = decompressHead(compression, packed.subarray(0, 2 ** 20), 4096);
      expect(process.resourceUsage().maxRSS - before).toBeLessThan(64 * 1024);
      expect(Buffer.compare(head, new Uint8Array(length))).toBe(0);
    },
  );

  test("of gzip are found behind a long name and many empty blocks", () => {
    const deflated = Bun.gzipSync(new Uint8Array(2 ** 26)).subarray(10);
    const empty = Buffer.from("000000ffff", "hex");
    const packed = Buffer.concat([
      Buffer.from("1f8b0808000000000003", "hex"),
      Buffer.alloc(100_001, "n").fill(0, 100_000),
      ...Array<Buffer>(9_999).fill(empty),
      deflated,
    ]);
    const head = decompressHead("gzip", packed, 4096);
    expect(Buffer.compare(head, new Uint8Array(4096))).toBe(0);
  });

  test("of what is damaged or tells nothing are none", (context) => {
    for (const compression of ["gzip", "zstd", "xz", "lz4", "bzip2"] as const)
      expect(decompressHead(compression, sample(5_000), 4096)).toHaveLength(0);
    const filtered = tool(context, ["xz", "--x86", "--lzma2=preset=1", "-c"], content);
    expect(decompressHead("xz", filtered.subarray(0, 50_000), 4096)).toHaveLength(0);
  });
});

test.each([
  ["lzo", "\x89LZO\0\r\n\x1a\n"],
  ["bzip2", "BZh91AY&SY"],
] as const)("%s is known and refused", (compression, magic) => {
  const bytes = Buffer.concat([Buffer.from(magic, "latin1"), Buffer.alloc(16)]);
  expect(compressionOf(bytes)).toBe(compression);
  const sentence = `its ${compression} data is of a kind that vimto does not unpack`;
  expect(() => decompress(compression, bytes, 100)).toThrow(sentence);
  expect(() => decompressTo(compression, bytes, 100)).toThrow(sentence);
});
