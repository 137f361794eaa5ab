import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, type TestContext, test } from "vitest";
import { scratch } from "../../libs/archive/src/testing/scratch.ts";
import { tar } from "../../libs/archive/src/testing/tar-builder.ts";
import { parsePlatform, pull, Store } from "../../libs/oci/src/index.ts";
import { FakeRegistry } from "../../libs/oci/src/testing/fake-registry.ts";
import { ImageBuilder } from "../../libs/oci/src/testing/image-builder.ts";
import { needs } from "../harness/skip.ts";
import { run } from "./tools.ts";

const images = new ImageBuilder();
const big = tar({ name: "big", data: Buffer.alloc(4_000_000, "kernel") });
const tags = {
  plain: images.image([images.layer(big, "none")]),
  packed: images.image([images.layer(big, "zstd")]),
  small: images.image([images.layer(tar({ name: "small" }))]),
};

/** A store on a file system of two megabytes. */
async function setup(context: TestContext) {
  needs(context, process.getuid?.() === 0, "only root can mount a small file system");
  const scratched = scratch();
  const mount = join(scratched.path, "mount");
  mkdirSync(mount);
  await run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", mount]);
  const registry = new FakeRegistry(images, tags);
  const store = new Store(join(mount, "store"));
  const options = { store, env: { HOME: scratched.path }, platform: parsePlatform("amd64") };
  return {
    store,
    get: (tag: string) => pull(registry.name(tag), options),
    makeReadOnly: () => run(["mount", "-o", "remount,ro", mount]),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      await run(["umount", mount]);
      scratched[Symbol.dispose]();
    },
  };
}

test.for([
  ["fetched", "plain"],
  ["unpacked", "packed"],
] as const)("a disk that is full while a layer is %s", async ([, tag], context) => {
  await using s = await setup(context);
  await expect(s.get(tag)).rejects.toMatchObject({
    code: "store",
    message: expect.stringMatching(/^there is no space left for ".*\/store\/staging\/.*"$/),
  });
  expect(readdirSync(join(s.store.paths.directory, "staging"))).toEqual([]);
  expect(s.store.images()).toEqual([]);
  (await s.get("small")).release();
});

test("a cache on a read-only file system gives what it has", async (context) => {
  await using s = await setup(context);
  (await s.get("small")).release();
  await s.makeReadOnly();
  const image = await s.get("small");
  expect(readdirSync(image.directory)).toEqual(["small"]);
  image.release();
  expect(s.store.images().map(({ inUse }) => inUse)).toEqual([false]);
  await expect(s.get("packed")).rejects.toMatchObject({
    code: "store",
    message: expect.stringMatching(
      /^lock file ".*\/store\/locks\/name-[0-9a-f]+" cannot be used \(EROFS\)$/,
    ),
  });
});
