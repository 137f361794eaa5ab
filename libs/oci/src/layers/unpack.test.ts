import { mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { scratch } from "@vimto/archive/testing/scratch";
import { tar } from "@vimto/archive/testing/tar-builder";
import { digestOf } from "@vimto/store";
import { describe, expect, test } from "vitest";
import { DEFAULT_LIMITS, type Limits } from "../limits.ts";
import type { LayerPlan } from "../remote/plan.ts";
import { LayerWriter } from "./layer-writer.ts";
import { unpackLayer } from "./unpack.ts";

const archive = tar({ name: "a", data: "hello".repeat(1000) }, { name: "b", data: "b" });

type Change = {
  /** Bytes that come instead of the ones the descriptor was made for. */
  readonly sent?: Uint8Array;
  readonly diffOf?: Uint8Array;
  readonly limits?: Partial<Limits>;
  readonly piece?: number;
};

/** Unpacks one layer into an own directory. @returns the bytes of file "a" */
async function unpack(layer: Uint8Array, change: Change = {}): Promise<string> {
  using scratched = scratch();
  const limits = { ...DEFAULT_LIMITS, ...change.limits };
  const digest = digestOf(layer);
  const descriptor = { mediaType: "", digest, size: layer.length, annotations: {} };
  const diffId = change.diffOf === undefined ? {} : { diffId: digestOf(change.diffOf) };
  const plan: LayerPlan = { descriptor, content: { kind: "tar", ...diffId } };
  const sent = change.sent ?? layer;
  const piece = change.piece ?? 1000;
  async function* chunks() {
    for (let at = 0; at < sent.length; at += piece) yield sent.subarray(at, at + piece);
  }
  const image = join(scratched.path, "image");
  mkdirSync(image);
  const writer = new LayerWriter(image, limits);
  await unpackLayer(plan, chunks(), writer, { limits, what: "layer 1" });
  return readFileSync(join(image, "a"), "utf8");
}

describe("packed in every way", () => {
  const half = Math.floor(archive.length / 2);
  const skippable = Buffer.from([0x5a, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 1, 2]);
  const zstd = zstdCompressSync(archive);
  const layers: [string, Uint8Array][] = [
    ["not at all", archive],
    ["gzip", gzipSync(archive)],
    [
      "gzip of two members",
      Buffer.concat([gzipSync(archive.subarray(0, half)), gzipSync(archive.subarray(half))]),
    ],
    ["zstd", zstd],
    ["zstd with a skippable frame in front", Buffer.concat([skippable, zstd])],
    ["zstd with one behind, as zstd:chunked has it", Buffer.concat([zstd, skippable])],
    [
      "zstd of two frames",
      Buffer.concat([
        zstdCompressSync(archive.subarray(0, half)),
        zstdCompressSync(archive.subarray(half)),
      ]),
    ],
  ];
  test.each(layers)("%s", async (_, layer) => {
    for (const piece of [1, 1000, layer.length]) {
      expect(await unpack(layer, { piece, diffOf: archive })).toBe("hello".repeat(1000));
    }
  });

  test("an empty layer", async () => {
    await expect(unpack(tar())).rejects.toThrow("ENOENT"); // there is no "a" in it
  });
});

describe("bytes that are not the right ones", () => {
  const packed = gzipSync(archive);
  const flipped = Buffer.from(packed);
  flipped[20] = (flipped[20] ?? 0) ^ 1;
  const changed = Buffer.from(archive);
  changed[600] = 0x78;
  const digest = (bytes: Uint8Array) => digestOf(bytes).text;
  const short = packed.subarray(0, 50);
  const noise = Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(600, 7)]);
  const cases: [string, Uint8Array, Change, string, string][] = [
    [
      "one byte of a tar",
      archive,
      { sent: changed },
      "digest",
      `layer 1 has the digest ${digest(changed)} instead of ${digest(archive)}`,
    ],
    [
      "too many",
      packed,
      { sent: Buffer.concat([packed, Buffer.from("x")]) },
      "digest",
      `layer 1 has more than the ${packed.length} bytes that its manifest gives it`,
    ],
    [
      "too few",
      archive,
      { sent: archive.subarray(0, 600) },
      "digest",
      `layer 1 has 600 bytes instead of the ${archive.length} bytes that its manifest gives it`,
    ],
    [
      "another archive inside",
      packed,
      { diffOf: Buffer.from("x") },
      "digest",
      `unpacked, layer 1 has the digest ${digest(archive)} instead of ${digest(Buffer.from("x"))}`,
    ],
    [
      "gzip that ends early, by its own digest",
      short,
      {},
      "layer",
      "layer 1 cannot be decompressed (Z_BUF_ERROR)",
    ],
    ["gzip of noise", noise, {}, "layer", "layer 1 cannot be decompressed (Z_DATA_ERROR)"],
    [
      "no archive at all",
      Buffer.alloc(600, "text"),
      {},
      "layer",
      "a tar header has a checksum that is not a number",
    ],
    [
      "an archive that ends early",
      gzipSync(archive.subarray(0, 600)),
      {},
      "layer",
      'the tar archive ends inside "a"',
    ],
    [
      "a bomb",
      gzipSync(tar({ name: "a", data: Buffer.alloc(1_000_000) })),
      { limits: { ratioFloorBytes: 100_000, ratio: 10 } },
      "limit",
      "layer 1 unpacks to more than 100000 bytes from",
    ],
  ];
  test.each(cases)("%s", async (_, layer, change, code, sentence) => {
    await expect(unpack(layer, change)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(sentence),
    });
  });
});

test("a file of an artefact", async () => {
  using scratched = scratch();
  const bytes = Buffer.from("kernel");
  const descriptor = { mediaType: "", digest: digestOf(bytes), size: 6, annotations: {} };
  const writer = new LayerWriter(scratched.path, DEFAULT_LIMITS);
  async function* chunks() {
    yield bytes.subarray(0, 2);
    yield bytes.subarray(2);
  }
  const plan = { descriptor, content: { kind: "file", name: "boot/vmlinuz" } } as const;
  await unpackLayer(plan, chunks(), writer, { limits: DEFAULT_LIMITS, what: "layer 1" });
  const path = join(scratched.path, "boot/vmlinuz");
  expect([readFileSync(path, "utf8"), statSync(path).mode & 0o777]).toEqual(["kernel", 0o644]);
});
