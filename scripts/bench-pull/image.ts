import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../test/registry/tools.ts";

const FILES_PER_LAYER = 1500;
const FILE_BYTES = 200_000;

/**
 * An OCI layout with an image of two layers, 600 MB of files, 300 MB packed with gzip. Made once, by
 * umoci, and kept in `cache`.
 */
export async function benchImage(cache: string): Promise<string> {
  const layout = join(cache, "layout");
  if (existsSync(layout)) return layout;
  const making = join(cache, "making");
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { recursive: true });
  const image = `${join(making, "layout")}:bench`;
  await run(["umoci", "init", "--layout", join(making, "layout")]);
  await run(["umoci", "new", "--image", image]);
  for (const layer of [1, 2]) {
    const bundle = join(making, `bundle-${layer}`);
    await run(["umoci", "unpack", ...rootless(), "--image", image, bundle]);
    writeFiles(join(bundle, "rootfs/usr/lib/modules", String(layer)), layer);
    await run(["umoci", "repack", "--image", image, bundle]);
    await run(["rm", "-rf", bundle]);
  }
  await run(["umoci", "gc", "--layout", join(making, "layout")]);
  renameSync(join(making, "layout"), layout);
  rmSync(making, { recursive: true, force: true });
  return layout;
}

/** umoci maps owners away where it may not set them. */
export function rootless(): string[] {
  return process.getuid?.() === 0 ? [] : ["--rootless"];
}

/** Files of bytes that pack to half: one of sixteen values each, by a generator with a fixed seed. */
function writeFiles(directory: string, seed: number): void {
  let state = seed;
  const words = new Uint32Array(FILE_BYTES / 4);
  for (let i = 0; i < FILES_PER_LAYER; i++) {
    for (let w = 0; w < words.length; w++) {
      // xorshift32 (Marsaglia, "Xorshift RNGs", 2003)
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[w] = (state & 0x0f0f0f0f) + 0x61616161;
    }
    const folder = join(directory, String(i % 50));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${i}.ko`), new Uint8Array(words.buffer));
  }
}
