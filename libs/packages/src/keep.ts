import { type BigIntStats, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type TarEntry, type TarSink, TreeWriter } from "@vimto/archive";
import {
  digestOf,
  fetchOnce,
  findTree,
  type OnPullEvent,
  obtainTree,
  parseDigest,
  readRecord,
  type Staging,
  type Store,
  type UsedTree,
  writeRecord,
} from "@vimto/store";
import { asPackageError, PackageError } from "./errors.ts";
import { unpackDeb } from "./formats/deb.ts";
import { unpackPacman } from "./formats/pacman.ts";
import { unpackRpm } from "./formats/rpm.ts";
import type { PackageKind } from "./kind.ts";

export type KeepOptions = {
  readonly kind: PackageKind;
  readonly store: Store;
  /** As the store names platforms: "linux/amd64". */
  readonly platform: string;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: OnPullEvent;
};

/** A package whose files are there until `release`, or until the process ends. */
export type KeptPackage = Disposable & {
  /** Holds boot and lib/modules or usr/lib/modules. To be read only: other processes use it too. */
  readonly directory: string;
  readonly unpackedBytes: number;
  release(): void;
};

/** How packages are unpacked: another number makes all trees anew. */
const FORMAT = 1;
const MiB = 1024 * 1024;
const LIMITS = { entries: 200_000, unpackedBytes: 8 * 1024 * MiB, headerBytes: MiB };

/**
 * Unpacks the kernel's files of a package file into the store, unless a package with this content is there.
 * A file that has not changed since is not read again.
 * @param path  absolute; the name that the store lists it under
 * @throws PackageError
 */
export async function keepPackage(path: string, options: KeepOptions): Promise<KeptPackage> {
  const what = `package ${JSON.stringify(path)}`;
  try {
    return kept(await keep(path, what, options));
  } catch (error) {
    throw asPackageError(error, what);
  }
}

async function keep(path: string, what: string, options: KeepOptions): Promise<UsedTree> {
  const { platform, signal, onEvent = () => {} } = options;
  const { paths } = options.store;
  const identity = digestOf(Buffer.from(identityOf(path, what)));
  const find = async () => {
    const record = readRecord(paths, path, platform);
    if (record?.top !== identity.text) return undefined;
    return findTree(paths, parseDigest(record.digest, what), { signal });
  };
  const found = await find();
  if (found !== undefined) return found;
  return fetchOnce(paths, {
    name: path,
    platform,
    signal,
    onWait: () => onEvent({ kind: "waiting", what: "the same package" }),
    find,
    fetch: (staging) => unpack(path, what, staging, options),
  });
}

async function unpack(
  path: string,
  what: string,
  staging: Staging,
  options: KeepOptions,
): Promise<UsedTree> {
  const file = await open(path).catch((error: unknown) => {
    throw unreadable(what, error);
  });
  try {
    return await unpackOpen(path, file, what, staging, options);
  } finally {
    await file.close();
  }
}

async function unpackOpen(
  path: string,
  file: FileHandle,
  what: string,
  staging: Staging,
  options: KeepOptions,
): Promise<UsedTree> {
  const { platform, signal, onEvent = () => {} } = options;
  const { paths } = options.store;
  const state = stateOf(await file.stat({ bigint: true }));
  const content = new Bun.CryptoHasher("sha256");
  for await (const piece of readPackage(file, what, signal)) content.update(piece);
  const digest = digestOf(Buffer.from(JSON.stringify([FORMAT, content.digest("hex")])));
  const build = async (directory: string) => {
    onEvent({ kind: "note", message: `unpacking ${what}` });
    try {
      return await buildTree(directory, readPackage(file, what, signal), what, options);
    } finally {
      // The published files must be the hashed ones; a file that changed meanwhile may look damaged.
      await demandState(file, state, what);
    }
  };
  const onWait = () => onEvent({ kind: "waiting", what: "the same package" });
  const tree = await obtainTree(paths, digest, staging, build, { signal, onWait });
  const { unpackedBytes } = tree;
  writeRecord(paths, staging, {
    name: path,
    platform,
    top: digestOf(Buffer.from(state)).text,
    digest: digest.text,
    blobs: [],
    packedBytes: 0,
    unpackedBytes,
    pulledAt: new Date().toISOString(),
  });
  return tree;
}

async function buildTree(
  directory: string,
  pieces: AsyncIterable<Uint8Array>,
  what: string,
  { kind, signal }: KeepOptions,
): Promise<number> {
  const tree = new TreeWriter(directory, { limits: LIMITS, what });
  const watched = new KernelWatch(tree);
  let depends: readonly string[] = [];
  const onDepends = (packages: readonly string[]) => {
    depends = packages;
  };
  const options = { headerBytes: LIMITS.headerBytes, what, signal, onDepends };
  try {
    await FORMATS[kind](pieces, watched, options);
    if (!watched.found) throw new PackageError("package", NO_KERNEL[kind](what, depends));
    tree.finish();
  } catch (error) {
    tree.abandon();
    throw error;
  }
  return tree.bytes;
}

const FORMATS = { deb: unpackDeb, rpm: unpackRpm, pacman: unpackPacman } as const;

const NO_KERNEL: Readonly<
  Record<PackageKind, (what: string, depends: readonly string[]) => string>
> = {
  // Releases differ in which package has the kernel and which its modules.
  deb: (what, depends) => {
    const packages =
      depends.length === 0
        ? "unpack all packages of a kernel"
        : `it depends on ${depends.join(" and ")}: unpack all packages of this kernel`;
    return `${what} has no kernel; ${packages} and its modules into one directory (dpkg -x PACKAGE DIRECTORY) and name that, or name a kernel that vimto fetches, such as debian:12 or ubuntu:24.04`;
  },
  rpm: (what) => `${what} has no kernel; name one that has, such as kernel-core or kernel-default`,
  pacman: (what) => `${what} has no kernel; name one that has, such as linux or linux-lts`,
};

/** Called with the files of a package that can be its kernel. */
class KernelWatch implements TarSink {
  found = false;
  readonly #sink: TarSink;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  entry(entry: TarEntry): void {
    const path = entry.name.replace(/^(?:\.?\/)+/, "");
    if (entry.kind !== "directory" && KERNEL.test(path)) this.found = true;
    this.#sink.entry(entry);
  }

  data(bytes: Uint8Array, offset: number): void {
    this.#sink.data(bytes, offset);
  }

  close(): void {
    this.#sink.close();
  }
}

const KERNEL =
  /^(?:boot\/(?:vmlinu[xz]|Image)[^/]*|(?:usr\/)?lib\/modules\/[^/]+\/(?:vmlinuz[^/]*|Image[^/]*|[^/]*\.efi))$/;

function identityOf(path: string, what: string): string {
  try {
    return stateOf(statSync(path, { bigint: true }));
  } catch (error) {
    throw unreadable(what, error);
  }
}

/** Tells one state of a file from another without reading it. */
const stateOf = ({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string =>
  [dev, ino, size, mtimeNs, ctimeNs].join(" ");

async function demandState(file: FileHandle, state: string, what: string): Promise<void> {
  if (stateOf(await file.stat({ bigint: true })) === state) return;
  throw new PackageError("file", `${what} changed while it was unpacked; run it again`);
}

async function* readPackage(
  file: FileHandle,
  what: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  try {
    for (let at = 0; ; ) {
      if (signal?.aborted) throw new PackageError("aborted", "unpacking was interrupted");
      const { bytesRead, buffer } = await file.read(new Uint8Array(MiB), 0, MiB, at);
      if (bytesRead === 0) return;
      at += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } catch (error) {
    throw error instanceof PackageError ? error : unreadable(what, error);
  }
}

const unreadable = (what: string, error: unknown) => {
  const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
  return new PackageError("file", `${what} cannot be read (${code}); check the path`, {
    cause: error,
  });
};

function kept({ directory, unpackedBytes, lock }: UsedTree): KeptPackage {
  const release = () => lock.release();
  return { directory, unpackedBytes, release, [Symbol.dispose]: release };
}
