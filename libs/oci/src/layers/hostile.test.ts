import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ArchiveError, TarDecoder } from "@vimto/archive";
import { scratch } from "@vimto/archive/testing/scratch";
import { type TarField, tar } from "@vimto/archive/testing/tar-builder";
import { randomFrom } from "@vimto/linux/testing/random";
import { expect, test } from "vitest";
import { DEFAULT_LIMITS } from "../limits.ts";
import { LayerWriter } from "./layer-writer.ts";

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
        if (!(error instanceof ArchiveError)) throw error;
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
