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
import { listNames, neighbours, partsBeside } from "./beside.ts";
import { buildTree, type Part } from "./build-tree.ts";
import { asPackageError } from "./errors.ts";
import type { PackageKind } from "./kind.ts";
import { namePackage, openPackage, readPackage } from "./read.ts";
import { demandState, stateOf, stateOfOpen, statesOf } from "./states.ts";

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
  /** Paths of the packages beside it that are parts of the same kernel, and unpacked with it. */
  readonly beside: readonly string[];
  release(): void;
};

/** How packages are unpacked: another number makes all trees anew. */
const FORMAT = 1;

/**
 * Unpacks the kernel's files of a package file into the store, with those of the packages beside it that are parts
 * of the same kernel, unless a kernel with this content is there. Files that have not changed since are not read
 * again.
 * @param path  absolute; the name that the store lists it under
 * @throws PackageError
 */
export async function keepPackage(path: string, options: KeepOptions): Promise<KeptPackage> {
  try {
    const { directory, unpackedBytes, lock, beside } = await keep(path, options);
    const release = () => lock.release();
    return { directory, unpackedBytes, beside, release, [Symbol.dispose]: release };
  } catch (error) {
    throw asPackageError(error, namePackage(path));
  }
}

type Kept = UsedTree & Pick<KeptPackage, "beside">;

async function keep(path: string, options: KeepOptions): Promise<Kept> {
  const { kind, platform, signal, onEvent = () => {} } = options;
  const { paths } = options.store;
  const around = neighbours(path, kind);
  const states = statesOf(around);
  const topOf = (named: string) => digestOf(Buffer.from([named, ...states].join("\n"))).text;
  const top = topOf(stateOf(path));
  const find = async (): Promise<Kept | undefined> => {
    const record = readRecord(paths, path, platform);
    if (record?.top !== top) return undefined;
    const tree = await findTree(paths, parseDigest(record.digest, namePackage(path)), { signal });
    return tree && { ...tree, beside: record.beside ?? [] };
  };
  const found = await find();
  if (found !== undefined) return found;
  return fetchOnce(paths, {
    name: path,
    platform,
    signal,
    onWait: () => onEvent({ kind: "waiting", what: "the same package" }),
    find,
    fetch: async (staging) => {
      const beside = await partsBeside(path, kind, around, signal);
      // In one order, so that it is the same kernel whichever of them is named.
      const all = [...beside, path].sort();
      await using parts = await openParts(all);
      const named = parts.states[all.indexOf(path)] ?? "";
      const { tree, digest } = await unpack(path, parts, beside, staging, options);
      const { unpackedBytes } = tree;
      writeRecord(paths, staging, {
        name: path,
        platform,
        // Of the others as they were at first: one that has changed since is looked at again.
        top: topOf(named),
        digest,
        blobs: [],
        packedBytes: 0,
        unpackedBytes,
        pulledAt: new Date().toISOString(),
        ...(beside.length === 0 ? {} : { beside }),
      });
      return { ...tree, beside };
    },
  });
}

type Parts = AsyncDisposable & {
  readonly files: readonly Part[];
  /** In the same order. */
  readonly states: readonly string[];
};

async function openParts(paths: readonly string[]): Promise<Parts> {
  await using opened = new AsyncDisposableStack();
  const files: Part[] = [];
  const states: string[] = [];
  for (const path of paths) {
    const file = opened.use(await openPackage(path));
    files.push({ what: namePackage(path), file });
    states.push(await stateOfOpen(file));
  }
  const kept = opened.move();
  return { files, states, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function unpack(
  path: string,
  { files, states }: Parts,
  beside: readonly string[],
  staging: Staging,
  { kind, store, signal, onEvent = () => {} }: KeepOptions,
): Promise<{ readonly tree: UsedTree; readonly digest: string }> {
  const contents: string[] = [];
  for (const { file, what } of files) {
    const content = new Bun.CryptoHasher("sha256");
    for await (const piece of readPackage(file, what, signal)) content.update(piece);
    contents.push(content.digest("hex"));
  }
  const digest = digestOf(Buffer.from(JSON.stringify([FORMAT, ...contents])));
  const what = namePackage(path);
  const others = beside.length === 0 ? "" : ` with ${listNames(beside)} beside it`;
  const build = async (directory: string) => {
    onEvent({ kind: "note", message: `unpacking ${what}${others}` });
    try {
      return await buildTree(directory, what, files, kind, signal);
    } finally {
      // The published files must be the hashed ones; a file that changed meanwhile may look damaged.
      for (const [at, part] of files.entries())
        await demandState(part.file, states[at] ?? "", part.what);
    }
  };
  const onWait = () => onEvent({ kind: "waiting", what: "the same package" });
  const tree = await obtainTree(store.paths, digest, staging, build, { signal, onWait });
  return { tree, digest: digest.text };
}
