import { randomFrom } from "@vimto/linux/testing/random";
import { expect, test } from "vitest";
import { ArchiveError } from "../error.ts";
import { pax, tar, tarEntry, withSum } from "../testing/tar-builder.ts";
import { TarDecoder } from "./tar-decoder.ts";

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
      expect(error, `seed ${seed}`).toBeInstanceOf(ArchiveError);
      refused++;
    }
  }
  expect(refused).toBeGreaterThan(1000);
});
