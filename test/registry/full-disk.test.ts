import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parsePlatform, pull, Store } from "../../libs/oci/src/index.ts";
import { FakeRegistry } from "../../libs/oci/src/testing/fake-registry.ts";
import { ImageBuilder } from "../../libs/oci/src/testing/image-builder.ts";
import { scratch } from "../../libs/oci/src/testing/scratch.ts";
import { tar } from "../../libs/oci/src/testing/tar-builder.ts";
import { needs } from "../harness/skip.ts";
import { run } from "./tools.ts";

test.for([
  ["while a layer is fetched", "none", /there is no space left for ".*\/staging\/.*"/],
  ["while a layer is unpacked", "zstd", /there is no space left for ".*\/staging\/.*"/],
] as const)("a disk that is full %s", async ([_, packing, sentence], context) => {
  needs(context, process.getuid?.() === 0, "only root can mount a small file system");
  using scratched = scratch();
  const mount = join(scratched.path, "mount");
  mkdirSync(mount);
  await run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mount]);
  try {
    const images = new ImageBuilder();
    const layer = images.layer(
      tar({ name: "big", data: Buffer.alloc(4_000_000, "kernel") }),
      packing,
    );
    await using registry = new FakeRegistry(images, { v1: images.image([layer]) });
    const store = new Store(join(mount, "store"));
    const options = { store, env: { HOME: scratched.path }, platform: parsePlatform("amd64") };
    await expect(pull(registry.name("v1"), options)).rejects.toMatchObject({
      code: "store",
      message: expect.stringMatching(sentence),
    });
    expect(readdirSync(join(mount, "store/staging"))).toEqual([]);
    expect(store.images()).toEqual([]);
  } finally {
    await run(["umount", mount]);
  }
});
