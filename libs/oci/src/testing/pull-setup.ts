import { readdirSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "@vimto/archive/testing/scratch";
import { tar } from "@vimto/archive/testing/tar-builder";
import { fakeClock } from "@vimto/http/testing/fake-clock";
import type { PullEvent } from "@vimto/store";
import { Store } from "@vimto/store";
import { type PullOptions, pull } from "../pull/pull.ts";
import { FakeRegistry } from "./fake-registry.ts";
import { ImageBuilder, type Json } from "./image-builder.ts";

export const images = new ImageBuilder();
export const big = Buffer.alloc(3_000_000);
for (let i = 0; i < big.length; i += 4) big.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
export const bigLayer = images.layer(tar({ name: "boot/big", data: big }), "none");
export const smallLayer = images.layer(tar({ name: "boot/small", data: "small" }), "zstd");
export const image = images.image([bigLayer, smallLayer]);
export const other = images.image([smallLayer]);

/** A registry, a store and a function that pulls without waits. */
export async function setup(tags: Record<string, Json> = { v1: image }) {
  const scratched = scratch();
  const registry = new FakeRegistry(images, tags);
  const store = new Store(join(scratched.path, "store"));
  const clock = fakeClock();
  const events: PullEvent[] = [];
  const get = async (tag: string, more: Partial<PullOptions> = {}) => {
    using pulled = await pull(registry.name(tag), {
      store,
      clock,
      env: { HOME: scratched.path },
      platform: { os: "linux", architecture: "amd64" },
      onEvent: (event) => events.push(event),
      ...more,
    });
    return readdirSync(join(pulled.directory, "boot")).sort().join(" ");
  };
  return {
    registry,
    store,
    clock,
    events,
    get,
    path: scratched.path,
    kinds: () => events.map(({ kind }) => kind),
    /** What the store holds besides images: nothing, unless a pull runs. */
    rest: () =>
      ["staging", "locks"].flatMap((name) => readdirSync(join(store.paths.directory, name))),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      scratched[Symbol.dispose]();
    },
  };
}
