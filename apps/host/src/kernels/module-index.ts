import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { isBuildDirectory, modulesInPlace, moduleIndex as readIndex } from "@vimto/kernel";
import type { Cache } from "../cache/cache.ts";
import { fileIdentity, keyOf } from "../cache/identity.ts";
import { Failure } from "../failure.ts";
import { tethered } from "../system/tethered.ts";
import { VERSION } from "../version.ts";

/** What depmod(8) writes: for modprobe(8) of kmod, and for vimto's own (apps/init/src/modprobe). */
const INDEX = { kmod: "modules.dep.bin", own: "modules.dep" } as const;

export type ModuleIndex = {
  /** Empty until it is ready; a machine may share it from its start on. */
  readonly directory: string;
  /**
   * Settles when the index is there, or cannot be made: then modprobe says what it lacks, and everything else
   * works. Never rejects. Undefined when it was there.
   */
  readonly ready: Promise<void> | undefined;
};

/**
 * The index files that modprobe needs for a tree of modules, which are made once: by the host's depmod, or by
 * vimto where the host, and so the guest, has no kmod. Undefined when the tree has them itself. In a build
 * directory vimto makes them: depmod would search all of the source, and include modules that are not the
 * kernel's. Errors: Failure "cache".
 */
export function moduleIndex(
  cache: Cache,
  modules: string,
  release: string,
  path: string | undefined,
): ModuleIndex | undefined {
  const depmod = isBuildDirectory(modules)
    ? undefined
    : (Bun.which("depmod", { PATH: `${path ?? ""}:/usr/sbin:/sbin` }) ?? undefined);
  const last = depmod === undefined ? INDEX.own : INDEX.kmod;
  if ((statSync(join(modules, last), { throwIfNoEntry: false })?.size ?? 0) > 0) return undefined;
  let name: string;
  try {
    name = keptName(modules, release, depmod);
    // It may be removed by another process before it is in use.
    while (!cache.use(name)) mkdirSync(cache.path(name), { recursive: true, mode: 0o700 });
  } catch {
    return { directory: cache.emptyDirectory(), ready: undefined };
  }
  const directory = cache.path(name);
  if (existsSync(join(directory, last))) return { directory, ready: undefined };
  const make = (staging: string, tree: string) =>
    depmod === undefined
      ? writeIndex(tree, modules)
      : runDepmod(depmod, staging, tree, modules, release);
  return { directory, ready: fill(cache, name, last, release, make).catch(() => {}) };
}

function keptName(modules: string, release: string, depmod: string | undefined): string {
  const { ino, dev, mtimeNs } = statSync(modules, { bigint: true });
  const maker = depmod === undefined ? [VERSION] : [];
  // A package's modules change with its directory; those of a build directory change one by one.
  const inPlace = depmod === undefined && isBuildDirectory(modules) ? modulesInPlace(modules) : [];
  const files = inPlace.map((name) => fileIdentity(join(modules, name)));
  // Earlier versions took a directory for whole as soon as it existed.
  const state = ["filled", `${dev} ${ino} ${mtimeNs}`];
  return `modules/${keyOf(modules, release, ...state, ...maker, ...files)}`;
}

/**
 * Fills a directory that is in use with what `make` writes to another one. The file `last` comes last: where it
 * exists, all files do.
 */
async function fill(
  cache: Cache,
  name: string,
  last: string,
  release: string,
  make: (staging: string, tree: string) => Promise<void>,
): Promise<void> {
  const directory = cache.path(name);
  const unlock = await cache.lock(name);
  if (unlock === undefined) throw new Failure("cache", "another process makes it for ever");
  try {
    if (existsSync(join(directory, last))) return;
    // This process holds the lock: leftovers of a killed run can go.
    for (const left of readdirSync(cache.path("modules")))
      if (left.startsWith(`.${basename(name)}`))
        rmSync(cache.path(`modules/${left}`), { recursive: true });
    const staging = mkdtempSync(cache.path(`modules/.${basename(name)}`));
    const tree = join(staging, "lib/modules", release);
    mkdirSync(tree, { recursive: true });
    // A run that ends meanwhile leaves no files.
    const end = () => rmSync(staging, { recursive: true, force: true });
    process.on("exit", end);
    try {
      await make(staging, tree);
      const files = readdirSync(tree).filter((file) => file !== last);
      for (const file of [...files, last]) renameSync(join(tree, file), join(directory, file));
    } finally {
      process.off("exit", end);
      end();
    }
  } finally {
    unlock();
  }
}

async function writeIndex(tree: string, modules: string): Promise<void> {
  for (const [name, text] of await readIndex(modules)) writeFileSync(join(tree, name), text);
}

/**
 * Runs depmod on a tree that it must not write to: what it sees as the tree is a directory of links to
 * the real one, where only what it writes itself is left in the end. (Its option for another output
 * directory is younger than kmod 30.)
 */
async function runDepmod(
  program: string,
  base: string,
  tree: string,
  modules: string,
  release: string,
): Promise<void> {
  const links = readdirSync(modules).map((name) => join(tree, name));
  for (const link of links) symlinkSync(join(modules, basename(link)), link);
  const { status } = await tethered([program, "-b", base, release], []).exited;
  for (const link of links) rmSync(link);
  if (status !== 0 || !existsSync(join(tree, INDEX.kmod)))
    throw new Failure("kernel", `depmod ended with status ${status}`);
}
