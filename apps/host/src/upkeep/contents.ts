import { type Dirent, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Cache } from "../cache/cache.ts";
import { isUsed, removeUnused, removeWhole } from "../cache/removal.ts";
import { errorCode } from "../failure.ts";
import { hostBoot } from "../templates/key.ts";
import { readRecord } from "../templates/store.ts";

export type CacheKind =
  | "template"
  | "initramfs"
  | "kernel"
  | "modules"
  | "image"
  | "facts"
  | "remains";

/** One part of the cache that can be removed by itself. */
export type CacheEntry = {
  readonly kind: CacheKind;
  /** What it is, for people. */
  readonly name: string;
  /** On the disk. */
  readonly bytes: number;
  /** Milliseconds of Date. */
  readonly lastUse: number;
  readonly inUse: boolean;
  /** Nothing will use it again: it belongs to an earlier boot of the host, or to a run that was killed. */
  readonly outdated: boolean;
  /** Removes it unless it is in use, or was used since it was listed; resolves to whether it is gone. */
  remove(): boolean | Promise<boolean>;
};

/**
 * A file whose name begins with a dot is being made for this long at most; then it is a leftover of a run that
 * died.
 */
const MAKING_MS = 3_600_000;
const SHORT = 12;

/** Everything in the cache but images, which have a store of their own (images.ts). */
export function cacheEntries(cache: Cache): CacheEntry[] {
  return [
    ...templates(cache),
    ...named(cache, "initramfs", "initramfs", (file) => file.slice(0, SHORT)),
    ...named(cache, "kernels", "kernel", kernelName),
    ...named(cache, "modules", "modules", (file) => file.slice(0, SHORT)),
    ...named(cache, "facts", "facts", (file) => file),
    ...remains(cache),
  ];
}

function templates(cache: Cache): CacheEntry[] {
  const keys = list(cache.path("templates")).flatMap(({ name }) => /^\w+(?=\.)/.exec(name) ?? []);
  return [...new Set(keys)].map((key) => {
    const [json = "", ...others] = ["json", "memory", "state"].map((part) =>
      cache.path(`templates/${key}.${part}`),
    );
    const record = readRecord(cache, key);
    const sizes = [json, ...others].map(measured);
    const lastUse = sizes[0]?.lastUse || Math.max(...sizes.map((size) => size.lastUse));
    return {
      kind: "template",
      name: record?.about ?? key.slice(0, SHORT),
      bytes: sizes.reduce((sum, size) => sum + size.bytes, 0),
      lastUse,
      inUse: isUsed(json),
      outdated: record?.boot !== hostBoot(),
      remove: () => {
        const unlock = cache.tryLock(`templates/${key}`);
        if (unlock === undefined) return false;
        try {
          if (removeUnused(json, lastUse, others)) return true;
          if (measured(json).bytes > 0) return false;
          // Without its record nothing can use it, and nobody is making it.
          for (const other of others) removeWhole(other);
          return true;
        } finally {
          unlock();
        }
      },
    };
  });
}

function named(
  cache: Cache,
  directory: string,
  kind: CacheKind,
  nameOf: (file: string) => string,
): CacheEntry[] {
  const files = list(cache.path(directory)).filter(({ name }) => !name.startsWith("."));
  return files.map(({ name }) => {
    const path = cache.path(join(directory, name));
    const { bytes, lastUse } = measured(path);
    return {
      kind,
      name: nameOf(name),
      bytes,
      lastUse,
      inUse: isUsed(path),
      outdated: false,
      remove: () => removeUnused(path, lastUse),
    };
  });
}

/** The release that an unpacked kernel is named after; names of earlier versions have no release. */
const kernelName = (file: string): string =>
  /^(.+)\.[0-9a-f]{32}\.vmlinux$/.exec(file)?.[1] ?? file.slice(0, SHORT);

const parts = ["templates", "initramfs", "kernels", "modules", "facts"];
/** Not listed: empty directories and files, and the store of images. */
const known = new Set([...parts, "locks", "empty", "images", "pruned"]);

function remains(cache: Cache): CacheEntry[] {
  const unfinished = parts.flatMap((part) =>
    list(cache.path(part))
      .filter(({ name }) => name.startsWith("."))
      .map(({ name }) => join(part, name)),
  );
  const unknown = list(cache.directory)
    .filter(({ name }) => !known.has(name))
    .map(({ name }) => name);
  return [...unfinished, ...unknown].map((name) => {
    const path = cache.path(name);
    const { bytes, lastUse } = measured(path);
    return {
      kind: "remains",
      name,
      bytes,
      lastUse,
      inUse: Date.now() - lastUse < MAKING_MS,
      outdated: true,
      remove: () => {
        removeWhole(path);
        return true;
      },
    };
  });
}

function list(directory: string): Dirent[] {
  try {
    return readdirSync(directory, { withFileTypes: true }).sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw error;
  }
}

/** Size and time of a file or a whole directory; zeros when it went away. */
function measured(path: string): { readonly bytes: number; readonly lastUse: number } {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return { bytes: 0, lastUse: 0 };
  const below = stat.isDirectory() ? list(path).map(({ name }) => measured(join(path, name))) : [];
  return {
    // stat(2): st_blocks counts 512 bytes, whatever the file system's blocks are.
    bytes: below.reduce((sum, { bytes }) => sum + bytes, stat.blocks * 512),
    lastUse: stat.mtimeMs,
  };
}
