import { randomFrom } from "@vimto/linux/testing/random";
import { describe, expect, test } from "vitest";
import { CodecError } from "./error.ts";
import { decompressStream, type StreamOptions } from "./stream.ts";
import { sample } from "./testing/sample.ts";
import { tool } from "./testing/tools.ts";

async function* inPieces(bytes: Uint8Array, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function unpacked(
  packed: Uint8Array,
  size: number,
  options: Partial<StreamOptions> = {},
): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const keep = (bytes: Uint8Array) => parts.push(Uint8Array.from(bytes));
  await decompressStream(inPieces(packed, size), keep, { what: "it", ...options });
  return Buffer.concat(parts);
}

const commands = [
  ["gzip", "-9nc"],
  ["zstd", "-3", "-c"],
  ["xz", "-6", "-c"],
  ["xz", "--check=none", "--lzma2=dict=64KiB", "-c"],
  ["xz", "--check=crc32", "--lzma2=dict=5000", "-c"],
  ["xz", "--check=sha256", "--x86", "--lzma2=preset=1", "-c"],
  ["xz", "--check=crc64", "--arm64", "--lzma2=dict=4KiB", "-c"],
  ["xz", "-T2", "--block-size=100000", "-c"],
  ["cat"],
] as const;

describe.each([
  ["the program", undefined],
  ["no program", null],
] as const)("with %s of the host", (_, xz) => {
  const options = xz === undefined ? {} : { xz };

  test.for(commands)("%j is what went in, in pieces of any size", async (command, context) => {
    // More than fits behind a small dictionary, so that it moves.
    const content = sample(command.some((word) => word.includes("64KiB")) ? 5_000_000 : 400_000, 5);
    const packed = tool(context, [...command], content);
    for (const size of [packed.length, 65_537]) {
      expect(Buffer.compare(await unpacked(packed, size, options), content)).toBe(0);
    }
    const small = sample(3_000, 6);
    const one = await unpacked(tool(context, [...command], small), 1, options);
    expect(Buffer.compare(one, small)).toBe(0);
  });

  test("xz streams behind one another are one", async (context) => {
    const packed = tool(context, ["xz", "-c"], sample(1000));
    const twice = Buffer.concat([packed, Buffer.alloc(8), packed]);
    const content = Buffer.concat([sample(1000), sample(1000)]);
    expect(Buffer.compare(await unpacked(twice, 7, options), content)).toBe(0);
  });

  test("cut or changed data are one sentence", async (context) => {
    const packed = tool(context, ["xz", "-c"], sample(100_000));
    const random = randomFrom(7);
    for (let round = 0; round < 20; round++) {
      const cut = random(packed.length - 6) + 6;
      const changed = packed.with(cut, (packed[cut] ?? 0) ^ 0x10);
      for (const bytes of [packed.subarray(0, cut), changed]) {
        const error = await unpacked(bytes, 4096, options).catch((failure: unknown) => failure);
        expect(error, `at ${cut}`).toBeInstanceOf(CodecError);
        expect(String(error)).toMatch(/^CodecError: it cannot be decompressed \([^()]+\)$/);
      }
    }
  });

  test("an error of the reader or of the source is passed on as it is", async (context) => {
    const packed = tool(context, ["xz", "-c"], sample(1_000_000));
    const wrong = new Error("the disk is full");
    const refuse = () => {
      throw wrong;
    };
    await expect(
      decompressStream(inPieces(packed, 1000), refuse, { what: "it", ...options }),
    ).rejects.toBe(wrong);
    const broken = async function* () {
      yield packed.subarray(0, 2000);
      throw wrong;
    };
    await expect(decompressStream(broken(), () => {}, { what: "it", ...options })).rejects.toBe(
      wrong,
    );
  });

  test("a signal ends it with its reason", async (context) => {
    const packed = tool(context, ["xz", "-c"], sample(1_000_000));
    const stop = new AbortController();
    const reason = new Error("enough");
    const consume = () => stop.abort(reason);
    await expect(
      decompressStream(inPieces(packed, 1000), consume, {
        what: "it",
        signal: stop.signal,
        ...options,
      }),
    ).rejects.toBe(reason);
  });
});
