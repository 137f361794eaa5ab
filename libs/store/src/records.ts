import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { errorCode } from "@vimto/linux";
import { z } from "zod";
import { parseDigest } from "./digest.ts";
import { StoreError } from "./error.ts";
import { tryLock } from "./lock.ts";
import type { StorePaths } from "./paths.ts";
import type { Staging } from "./staging.ts";

const RecordFile = z.object({
  name: z.string(),
  platform: z.string(),
  top: z.string(),
  digest: z.string(),
  blobs: z.array(z.string()),
  packedBytes: z.number(),
  unpackedBytes: z.number(),
  pulledAt: z.string(),
  release: z.string().optional(),
  beside: z.array(z.string()).optional(),
});

/** What the store knows of one name on one platform. */
export type ImageRecord = {
  /** The name in full: "docker.io/library/alpine:latest", "oci:/srv/kernel:6.12". */
  readonly name: string;
  readonly platform: string;
  /** The digest that the name stood for: the manifest's, or the digest of the index around it. */
  readonly top: string;
  /** The digest of the manifest; its tree is the unpacked image. */
  readonly digest: string;
  /** Digests of all blobs that belong to it. */
  readonly blobs: readonly string[];
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  /** ISO 8601. */
  readonly pulledAt: string;
  /** Of a kernel that came from an archive. */
  readonly release?: string | undefined;
  /** Paths of package files that were unpacked with the one that has the name. */
  readonly beside?: readonly string[] | undefined;
};

/** The record of a name, or undefined. An unreadable record counts as missing: the next pull writes it anew. */
export function readRecord(
  paths: StorePaths,
  name: string,
  platform: string,
): ImageRecord | undefined {
  const record = readRecordFile(paths.record(name, platform));
  return record?.name === name && record.platform === platform ? record : undefined;
}

export function writeRecord(paths: StorePaths, staging: Staging, record: ImageRecord): void {
  const path = staging.path();
  writeFileSync(path, `${JSON.stringify(record, undefined, 2)}\n`);
  renameSync(path, paths.record(record.name, record.platform));
}

/** An image as a listing shows it. */
export type StoredImage = ImageRecord & {
  readonly lastUsed: Date;
  /** Does a process use its files now? */
  readonly inUse: boolean;
};

/** All images there are, by name and platform. @throws StoreError "store" */
export function describeImages(paths: StorePaths): StoredImage[] {
  const images = listRecords(paths).map((record) => {
    const path = paths.treeLock(parseDigest(record.digest, record.name));
    const lastUsed = statSync(path, { throwIfNoEntry: false })?.mtime ?? new Date(record.pulledAt);
    return { ...record, lastUsed, inUse: isLocked(path) };
  });
  const key = ({ name, platform }: ImageRecord) => `${name} ${platform}`;
  return images.sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

function isLocked(path: string): boolean {
  if (!existsSync(path)) return false;
  try {
    const held = tryLock(path, "exclusive");
    held?.release();
    return held === undefined;
  } catch {
    return false; // a read-only cache: nobody can remove anything anyway
  }
}

function listRecords(paths: StorePaths): ImageRecord[] {
  const directory = join(paths.directory, "images");
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return [];
    throw new StoreError(
      "store",
      `image cache "${directory}" cannot be read (${errorCode(error)})`,
    );
  }
  return names.flatMap((name) => readRecordFile(join(directory, name)) ?? []);
}

function readRecordFile(path: string): ImageRecord | undefined {
  try {
    const record = RecordFile.parse(JSON.parse(readFileSync(path, "utf8")));
    for (const digest of [record.top, record.digest, ...record.blobs]) parseDigest(digest, path);
    return record;
  } catch {
    return undefined;
  }
}
