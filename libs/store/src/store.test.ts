import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { scratch } from "@vimto/archive/testing/scratch";
import { describe, expect, test } from "vitest";
import { fetchBlob } from "./blobs.ts";
import { digestOf } from "./digest.ts";
import { lock, tryLock } from "./lock.ts";
import { StorePaths } from "./paths.ts";
import { readRecord, writeRecord } from "./records.ts";
import { openStaging, sweepStaging } from "./staging.ts";
import { Store } from "./store.ts";
import { obtainTree } from "./trees.ts";

describe("locks", () => {
  test("exclude and share between descriptors, and are gone with their holder", () => {
    using scratched = scratch();
    const path = join(scratched.path, "lock");
    const first = tryLock(path, "shared");
    const second = tryLock(path, "shared");
    expect(tryLock(path, "exclusive")).toBeUndefined();
    first?.release();
    second?.release();
    const third = tryLock(path, "exclusive");
    expect(third).toBeDefined();
    expect(tryLock(path, "shared")).toBeUndefined();
    third?.remove();
    expect(existsSync(path)).toBe(false);
  });

  test("are let go by the kernel when a process is killed", async () => {
    using scratched = scratch();
    const path = join(scratched.path, "lock");
    const script = `
      const { tryLock } = await import(${JSON.stringify(join(import.meta.dirname, "lock.ts"))});
      tryLock(${JSON.stringify(path)}, "exclusive");
      process.stdout.write("locked");
      await Bun.sleep(60_000);
    `;
    const child = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" });
    await child.stdout.getReader().read();
    expect(tryLock(path, "shared")).toBeUndefined();
    child.kill("SIGKILL");
    await child.exited;
    const held = tryLock(path, "exclusive");
    expect(held).toBeDefined();
    held?.release();
  });

  test("a lock whose file was removed while it was waited for is taken anew", async () => {
    using scratched = scratch();
    const path = join(scratched.path, "lock");
    const first = tryLock(path, "exclusive");
    let waits = 0;
    const waiting = lock(path, "exclusive", { onWait: () => waits++ });
    first?.remove();
    const second = await waiting;
    expect(waits).toBe(1);
    expect(tryLock(path, "exclusive")).toBeUndefined();
    second.release();
  });

  test("a wait can be interrupted", async () => {
    using scratched = scratch();
    const path = join(scratched.path, "lock");
    using stack = new DisposableStack();
    stack.adopt(tryLock(path, "exclusive"), (held) => held?.release());
    const stop = new AbortController();
    const waiting = lock(path, "shared", { signal: stop.signal });
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: "aborted" });
  });

  test("in a directory that is not there", () => {
    expect(() => tryLock("/nonexistent/lock", "shared")).toThrow(
      'lock file "/nonexistent/lock" cannot be used (ENOENT)',
    );
  });
});

test("what a killed process left in staging goes, what a live one has stays", () => {
  using scratched = scratch();
  const paths = new StorePaths(scratched.path);
  paths.create();
  const alive = openStaging(paths);
  mkdirSync(join(paths.staging(), "dead/deep"), { recursive: true, mode: 0o500 });
  writeFileSync(join(paths.staging(), "dead.lock"), "");
  mkdirSync(join(paths.staging(), "without-lock"));
  sweepStaging(paths);
  const left = readdirSync(paths.staging()).sort();
  expect(left.map((name) => join(paths.staging(), name))).toEqual([
    alive.directory,
    `${alive.directory}.lock`,
  ]);
  expect(statSync(alive.directory).mode & 0o777).toBe(0o700);
  alive.remove();
  expect(readdirSync(paths.staging())).toEqual([]);
});

describe("blobs", () => {
  const bytes = Buffer.from("layer");
  const expected = { digest: digestOf(bytes), size: bytes.length };

  test("asked for many times at once are fetched once", async () => {
    using scratched = scratch();
    const paths = new StorePaths(scratched.path);
    paths.create();
    let fetches = 0;
    async function* open() {
      fetches++;
      await Bun.sleep(20);
      yield bytes;
    }
    const asks = Array.from({ length: 10 }, () => {
      const staging = openStaging(paths);
      const options = { paths, staging, what: "layer 1", onWait: () => {}, onBytes: () => {} };
      return fetchBlob(expected, open, options).finally(() => staging.remove());
    });
    const cached = await Promise.all(asks);
    expect([fetches, cached.filter((was) => !was).length]).toEqual([1, 1]);
    expect(readFileSync(paths.blob(expected.digest), "utf8")).toBe("layer");
    expect([readdirSync(paths.staging()), readdirSync(join(scratched.path, "locks"))]).toEqual([
      [],
      [],
    ]);
  });

  test("that are wrong never get their name", async () => {
    using scratched = scratch();
    const paths = new StorePaths(scratched.path);
    paths.create();
    const staging = openStaging(paths);
    async function* open() {
      yield Buffer.from("lager");
    }
    const options = { paths, staging, what: "layer 1", onWait: () => {}, onBytes: () => {} };
    await expect(fetchBlob(expected, open, options)).rejects.toMatchObject({ code: "digest" });
    staging.remove();
    expect(readdirSync(join(scratched.path, "blobs"))).toEqual([]);
  });
});

describe("images", () => {
  /** Puts an image of one file and one blob into a store, as last used `day`. */
  async function put(store: Store, name: string, day: number, content = name) {
    const { paths } = store;
    paths.create();
    const staging = openStaging(paths);
    const digest = digestOf(Buffer.from(content));
    const blob = digestOf(Buffer.from(`blob of ${content}`));
    writeFileSync(paths.blob(blob), "x".repeat(100));
    const build = async (directory: string) => {
      writeFileSync(join(directory, "file"), content);
      return 1000;
    };
    const tree = await obtainTree(paths, digest, staging, build, {});
    writeRecord(paths, staging, {
      name,
      platform: "linux/amd64",
      top: digest.text,
      digest: digest.text,
      blobs: [blob.text],
      packedBytes: 100,
      unpackedBytes: 1000,
      pulledAt: "2026-01-01T00:00:00.000Z",
    });
    staging.remove();
    const time = new Date(Date.UTC(2026, 0, day));
    utimesSync(paths.treeLock(digest), time, time);
    return tree;
  }

  const names = (store: Store) =>
    store.images().map(({ name, inUse }) => (inUse ? `${name}*` : name));

  test("are listed with their use, and flushed but for those in use", async () => {
    using scratched = scratch();
    const store = new Store(scratched.path);
    expect(store.images()).toEqual([]);
    (await put(store, "b", 2)).lock.release();
    const used = await put(store, "a", 3);
    expect(names(store)).toEqual(["a*", "b"]);
    expect(store.images()[1]).toMatchObject({
      packedBytes: 100,
      lastUsed: new Date(Date.UTC(2026, 0, 2)),
    });
    expect(await store.flush()).toEqual({ images: ["b"], inUse: ["a"], bytes: 1100 });
    expect(readFileSync(join(used.directory, "file"), "utf8")).toBe("a");
    used.lock.release();
    expect(await store.flush()).toEqual({ images: ["a"], inUse: [], bytes: 1100 });
    const left = ["blobs", "trees", "images", "staging", "locks"].map((name) =>
      readdirSync(join(scratched.path, name)),
    );
    expect(left).toEqual([[], [], [], [], ["store"]]);
  });

  test("that share their files lose them with the last name", async () => {
    using scratched = scratch();
    const store = new Store(scratched.path);
    (await put(store, "a", 1, "same")).lock.release();
    (await put(store, "b", 2, "same")).lock.release();
    expect(await store.remove("a")).toEqual({ images: ["a"], inUse: [], bytes: 0 });
    expect(names(store)).toEqual(["b"]);
    expect(await store.remove("b")).toEqual({ images: ["b"], inUse: [], bytes: 1100 });
  });

  test("are pruned by age, then by size, the longest unused first", async () => {
    using scratched = scratch();
    const store = new Store(scratched.path);
    for (const [i, name] of ["a", "b", "c", "d"].entries())
      (await put(store, name, i + 1)).lock.release();
    const unusedSince = new Date(Date.UTC(2026, 0, 2));
    expect((await store.prune({ unusedSince })).images).toEqual(["a"]);
    expect((await store.prune({ maxBytes: 3300 })).images).toEqual([]);
    expect((await store.prune({ maxBytes: 3299 })).images).toEqual(["b"]);
    const used = await put(store, "c", 3);
    expect((await store.prune({ maxBytes: 0 })).images).toEqual(["d"]);
    expect(names(store)).toEqual(["c*"]);
    used.lock.release();
  });

  test("a removal waits for pulls to end", async () => {
    using scratched = scratch();
    const store = new Store(scratched.path);
    store.paths.create();
    const pull = await lock(store.paths.storeLock(), "shared");
    let waits = 0;
    const flush = store.flush({ onWait: () => waits++ });
    expect(waits).toBe(1);
    pull.release();
    expect((await flush).images).toEqual([]);
  });

  test("a record or a tree that is damaged counts as none", async () => {
    using scratched = scratch();
    const store = new Store(scratched.path);
    const tree = await put(store, "a", 1);
    tree.lock.release();
    const digest = digestOf(Buffer.from("a"));
    writeFileSync(join(store.paths.tree(digest), "tree.json"), "{");
    const again = await put(store, "a", 1);
    expect(readFileSync(join(again.directory, "file"), "utf8")).toBe("a");
    again.lock.release();
    writeFileSync(store.paths.record("a", "linux/amd64"), "{}");
    expect(readRecord(store.paths, "a", "linux/amd64")).toBeUndefined();
    expect(store.images()).toEqual([]);
  });

  test("a cache that cannot be made", () => {
    using scratched = scratch();
    const path = join(scratched.path, "file");
    writeFileSync(path, "");
    expect(() => new Store(path).paths.create()).toThrow(
      `image cache "${path}" cannot be made (ENOTDIR)`,
    );
  });
});
