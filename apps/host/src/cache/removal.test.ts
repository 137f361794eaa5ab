import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cacheEntries } from "../upkeep/contents.ts";
import { chooseOld, removeChosen } from "../upkeep/prune.ts";
import { pruneDaily } from "../upkeep/prune-daily.ts";
import { Cache } from "./cache.ts";
import { isUsed, removeUnused } from "./removal.ts";

const HOUR = 3_600_000;
let directory: string;
let cache: Cache;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "vimto-cache-"));
  cache = new Cache(directory);
});
afterEach(() => rmSync(directory, { recursive: true }));

function keep(name: string, hoursAgo = 0): string {
  const path = cache.path(name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, name);
  const time = new Date(Date.now() - hoursAgo * HOUR);
  utimesSync(path, time, time);
  return path;
}

const lastUse = (path: string) =>
  cacheEntries(cache).find(({ name }) => path.includes(name))?.lastUse;

describe("what is in use", () => {
  test("stays until it is released, and then goes", () => {
    const path = keep("initramfs/a.cpio");
    const release = cache.use("initramfs/a.cpio");
    expect([isUsed(path), removeUnused(path, Number.POSITIVE_INFINITY)]).toEqual([true, false]);
    release?.();
    expect([isUsed(path), removeUnused(path, Number.POSITIVE_INFINITY)]).toEqual([false, true]);
    expect(existsSync(path)).toBe(false);
  });

  test("is a directory too", () => {
    keep("modules/a/modules.dep");
    const release = cache.use("modules/a");
    expect(removeUnused(cache.path("modules/a"), Number.POSITIVE_INFINITY)).toBe(false);
    release?.();
    expect(removeUnused(cache.path("modules/a"), Number.POSITIVE_INFINITY)).toBe(true);
    expect(readdirSync(cache.path("modules"))).toEqual([]);
  });

  test("was used just now, so it is not what was chosen for its age", () => {
    const path = keep("initramfs/a.cpio", 48);
    const seen = lastUse("a.cpio") ?? 0;
    cache.use("initramfs/a.cpio")?.();
    expect(removeUnused(path, seen)).toBe(false);
    expect(lastUse("a.cpio")).toBeGreaterThan(seen);
  });

  test("is not what is no longer there", () => {
    expect(cache.use("initramfs/a.cpio")).toBeUndefined();
  });
});

test("a file that goes away again and again is made again and again", async () => {
  let made = 0;
  const path = await cache.file("initramfs/a.cpio", () => {
    made++;
  });
  expect(removeUnused(path, Number.POSITIVE_INFINITY)).toBe(false);
  rmSync(path);
  await cache.file("initramfs/a.cpio", () => {
    made++;
  });
  expect(made).toBe(2);
});

test("all goes but what is in use", async () => {
  for (const name of ["initramfs/a.cpio", "kernels/b.vmlinux", "facts/c.json", "modules/d/e"])
    keep(name);
  for (const part of ["json", "memory", "state"]) keep(`templates/f.${part}`);
  keep("templates/.0123", 2);
  keep("initramfs/.4567");
  keep("old/thing", 2);
  cache.use("kernels/b.vmlinux");
  const { removed, kept } = await removeChosen(cache, (entries) => entries);
  expect(removed.map(({ kind }) => kind).sort()).toEqual(
    ["facts", "initramfs", "modules", "remains", "template"].sort(),
  );
  expect(kept.map(({ kind, inUse }) => [kind, inUse])).toEqual([
    ["kernel", true],
    ["remains", true],
    ["remains", true],
  ]);
});

test("a lock is given back though a program that is being started has a copy of it", async () => {
  const copied = (path: string) => {
    const isOf = (fd: string) => readlinkIfThere(`/proc/self/fd/${fd}`) === path;
    const fd = Number(readdirSync("/proc/self/fd").find(isOf));
    return Bun.spawn(["cat"], { stdio: ["pipe", "ignore", "ignore", fd] });
  };
  const path = keep("initramfs/a.cpio");
  const children = [];
  try {
    const release = cache.use("initramfs/a.cpio");
    children.push(copied(path));
    release?.();
    expect(isUsed(path)).toBe(false);
    const unlock = cache.tryLock("x");
    children.push(copied(cache.path("locks/x")));
    unlock?.();
    expect(cache.tryLock("x")).toBeDefined();
  } finally {
    for (const child of children) {
      child.stdin.end();
      await child.exited;
    }
  }
});

/** Other threads open and close files meanwhile. */
function readlinkIfThere(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

test("a template that another process makes stays", async () => {
  keep("templates/f.memory", 100);
  const unlock = cache.tryLock("templates/f");
  const flush = () => removeChosen(cache, (entries) => entries);
  expect((await flush()).removed).toEqual([]);
  unlock?.();
  expect((await flush()).removed).toHaveLength(1);
  expect(readdirSync(cache.path("templates"))).toEqual([]);
});

test("locks go, and a run that waits for one makes it anew", async () => {
  const unlock = cache.tryLock("x");
  expect(cache.tryLock("x")).toBeUndefined();
  await removeChosen(cache, () => []);
  expect(cache.tryLock("x")).toBeUndefined();
  unlock?.();
  await removeChosen(cache, () => []);
  expect(readdirSync(cache.path("locks"))).toEqual([]);
  expect(cache.tryLock("x")).toBeDefined();
});

test("once a day what is old goes", async () => {
  const old = keep("kernels/a.vmlinux", 15 * 24);
  await pruneDaily(cache, 2 ** 30);
  expect(existsSync(old)).toBe(false);
  keep("kernels/a.vmlinux", 15 * 24);
  await pruneDaily(cache, 2 ** 30);
  expect(existsSync(old)).toBe(true);
  keep("pruned", 25);
  await pruneDaily(cache, 2 ** 30);
  expect(existsSync(old)).toBe(false);
});

test("something goes though the time is over, and no more than that", async () => {
  const all = ["a", "b"].map((name) => keep(`kernels/${name}.vmlinux`, 24));
  const over = () => removeChosen(cache, (entries) => entries, AbortSignal.abort());
  await over();
  expect(all.filter(existsSync)).toHaveLength(1);
  await over();
  expect(all.filter(existsSync)).toEqual([]);
});

test("a cache that is not there is neither pruned nor an error", async () => {
  rmSync(directory, { recursive: true });
  expect(chooseOld(cacheEntries(cache), {}, Date.now())).toEqual([]);
  await pruneDaily(cache);
  mkdirSync(directory, { recursive: true });
});
