import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scratch } from "../../libs/archive/src/testing/scratch.ts";
import { tar } from "../../libs/archive/src/testing/tar-builder.ts";
import { Store } from "../../libs/oci/src/index.ts";
import { FakeRegistry } from "../../libs/oci/src/testing/fake-registry.ts";
import { ImageBuilder } from "../../libs/oci/src/testing/image-builder.ts";

const images = new ImageBuilder();
const noise = Buffer.alloc(2_000_000, "vmlinuz ");
const layer = images.layer(tar({ name: "boot/vmlinuz", data: noise }), "none");
const image = images.image([layer, images.layer(tar({ name: "b", data: "b" }))]);

function setup() {
  const scratched = scratch();
  const registry = new FakeRegistry(images, { v1: image });
  const store = new Store(join(scratched.path, "store"));
  const spawn = () =>
    Bun.spawn(
      [
        process.execPath,
        join(import.meta.dirname, "puller.ts"),
        store.paths.directory,
        registry.name("v1"),
      ],
      {
        stdin: "pipe",
        stdout: "pipe",
        stderr: "inherit",
        env: { ...process.env, HOME: scratched.path },
      },
    );
  return {
    registry,
    store,
    spawn,
    list: (name: string) => readdirSync(join(store.paths.directory, name)),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      scratched[Symbol.dispose]();
    },
  };
}

type Puller = ReturnType<ReturnType<typeof setup>["spawn"]>;

/** Reads lines until one has the key; ends with undefined if the process does. */
async function lineWith(child: Puller, key: string): Promise<Record<string, string> | undefined> {
  let text = "";
  const reader = child.stdout.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return undefined;
      text += Buffer.from(value).toString();
      for (const line of text.split("\n").slice(0, -1)) {
        const parsed = JSON.parse(line);
        if (key in parsed) return parsed;
      }
    }
  } finally {
    reader.releaseLock();
  }
}

/** A blob that stops in the middle, so that a pull is there to be ended. */
function halfway(registry: FakeRegistry): void {
  const bytes = Buffer.from(images.blobs.get(String(layer.digest)) ?? "");
  registry.fault = ({ path }) => {
    if (!path.endsWith(String(layer.digest))) return undefined;
    const start = (controller: ReadableStreamDefaultController<Uint8Array>) =>
      controller.enqueue(bytes.subarray(0, bytes.length / 2));
    return new Response(new ReadableStream({ start }));
  };
}

describe("several processes", () => {
  test("at once on an empty cache fetch everything once", async () => {
    await using s = setup();
    const children = Array.from({ length: 6 }, () => s.spawn());
    const directories = await Promise.all(children.map((child) => lineWith(child, "directory")));
    expect(new Set(directories.map((line) => line?.digest))).toEqual(new Set([image.digest]));
    expect(s.store.images().map(({ inUse }) => inUse)).toEqual([true]);
    expect((await s.store.flush()).inUse).toHaveLength(1);
    for (const child of children) await child.stdin.end();
    expect(await Promise.all(children.map((child) => child.exited))).toEqual(Array(6).fill(0));
    const requests = s.registry.requests;
    expect(requests.length).toBe(new Set(requests).size);
    expect(s.list("staging")).toEqual([]);
    expect((await s.store.flush()).images).toHaveLength(1);
  });

  test("kill -9 of the one that fetches lets the next one do it, and nothing stays", async () => {
    await using s = setup();
    halfway(s.registry);
    const first = s.spawn();
    await lineWith(first, "bytes");
    const second = s.spawn();
    expect(await lineWith(second, "what")).toMatchObject({
      kind: "waiting",
      what: "the same image",
    });
    first.kill("SIGKILL");
    await first.exited;
    expect(s.list("staging")).toHaveLength(2);
    s.registry.fault = () => undefined;
    const line = await lineWith(second, "directory");
    expect(readFileSync(join(line?.directory ?? "", "boot/vmlinuz")).equals(noise)).toBe(true);
    expect(s.list("staging")).toEqual([]);
    second.kill("SIGKILL");
    await second.exited;
    expect(s.store.images().map(({ inUse }) => inUse)).toEqual([false]);
  });

  test("Ctrl-C ends a pull with its sentence and leaves the cache whole", async () => {
    await using s = setup();
    halfway(s.registry);
    const child = s.spawn();
    await lineWith(child, "bytes");
    child.kill("SIGINT");
    expect(await lineWith(child, "code")).toEqual({
      code: "aborted",
      message: "the pull was interrupted",
    });
    expect(await child.exited).toBe(1);
    expect([
      s.list("staging"),
      s.list("blobs").filter((name) => name === String(layer.digest).replace(":", "-")),
      s.list("trees").filter((name) => !name.endsWith(".lock")),
      s.list("images"),
    ]).toEqual([[], [], [], []]);
  });

  test("SIGKILL at any moment leaves a cache that the next pull can use", async () => {
    await using s = setup();
    for (const ms of [0, 60, 90, 120, 150, 200, 260]) {
      const child = s.spawn();
      await Bun.sleep(ms);
      child.kill("SIGKILL");
      await child.exited;
    }
    const child = s.spawn();
    const line = await lineWith(child, "directory");
    expect(readFileSync(join(line?.directory ?? "", "boot/vmlinuz")).equals(noise)).toBe(true);
    await child.stdin.end();
    expect(await child.exited).toBe(0);
    expect(s.list("staging")).toEqual([]);
  });
});
