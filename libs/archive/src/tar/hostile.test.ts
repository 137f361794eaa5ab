import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OciError } from "../errors.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { scratch } from "../testing/scratch.ts";
import { pax, type TarField, tar, tarEntry, withSum } from "../testing/tar-builder.ts";
import { LayerWriter } from "./layer-writer.ts";
import { TarDecoder } from "./tar-decoder.ts";

/** Numbers from 0 up to, not including, `below`, the same for the same seed (mulberry32). */
function randomFrom(seed: number) {
  let state = seed;
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below) | 0;
  };
}

const WORDS = [
  "a",
  "b",
  "..",
  ".",
  "outside",
  "secret",
  "/",
  "..",
  "a/b",
  "\xff",
  ".wh.a",
  ".wh..wh..opq",
  "../..",
];
const TYPES = ["0", "0", "1", "2", "2", "5", "5", "3"];

/** Layers of entries whose names and links lead everywhere. */
function randomLayers(random: (below: number) => number): TarField[][] {
  const path = () =>
    Array.from({ length: 1 + random(4) }, () => WORDS[random(WORDS.length)]).join("/");
  const entry = (): TarField => {
    const type = TYPES[random(TYPES.length)] ?? "0";
    return {
      name: path(),
      type,
      link: path(),
      mode: random(0o10000),
      data: type === "0" ? "evil" : "",
    };
  };
  return Array.from({ length: 3 }, () => Array.from({ length: 1 + random(6) }, entry));
}

/** Unpacks; entries that are refused end their layer only. */
function unpack(directory: string, layers: TarField[][]): void {
  const writer = new LayerWriter(directory, DEFAULT_LIMITS);
  for (const [i, entries] of layers.entries()) {
    if (i > 0) writer.nextLayer();
    for (const entry of entries) {
      try {
        new TarDecoder(writer, 1024).push(tar(entry));
      } catch (error) {
        writer.abandon();
        if (!(error instanceof OciError)) throw error;
      }
    }
  }
  writer.finish();
}

test("a thousand random images change nothing outside of their directories", () => {
  using scratched = scratch();
  const outside = join(scratched.path, "outside");
  mkdirSync(outside, { mode: 0o755 });
  writeFileSync(join(outside, "secret"), "secret", { mode: 0o640 });
  const look = () => [
    readdirSync(scratched.path).filter((name) => !name.startsWith("image")),
    readdirSync(outside),
    readFileSync(join(outside, "secret"), "utf8"),
    [scratched.path, outside, join(outside, "secret")].map((path) => statSync(path).mode),
    statSync(join(outside, "secret")).nlink,
  ];
  const before = look();
  for (let seed = 0; seed < 1000; seed++) {
    const image = join(scratched.path, `image${seed % 10}`, String(seed));
    mkdirSync(image, { recursive: true });
    unpack(image, randomLayers(randomFrom(seed)));
    expect(look(), `seed ${seed}`).toEqual(before);
  }
});

test("archives with random bytes changed are read or refused, and nothing else", () => {
  const archive = tar(
    { name: "dir/", type: "5" },
    tarEntry({ name: "", type: "L", data: `${"n".repeat(200)}\0` }),
    { name: "a", data: "x".repeat(600) },
    pax({ path: "p", "GNU.sparse.size": "30", "GNU.sparse.map": "10,3,20,2" }),
    { name: "s", data: "abcde" },
    { name: "h", type: "1", link: "a" },
  );
  let refused = 0;
  for (let seed = 0; seed < 3000; seed++) {
    const random = randomFrom(seed);
    const changed = Buffer.from(archive);
    const block = random(archive.length / 512) * 512;
    for (let i = 0; i <= random(3); i++) changed[block + random(512)] = random(256);
    // With a right checksum the change gets further.
    if (random(2) === 0) withSum(changed.subarray(block, block + 512));
    const decoder = new TarDecoder({ entry: () => {}, data: () => {}, close: () => {} }, 4096);
    try {
      for (let at = 0; at < changed.length; at += 700) decoder.push(changed.subarray(at, at + 700));
      decoder.end();
    } catch (error) {
      expect(error, `seed ${seed}`).toBeInstanceOf(OciError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1000);
});
