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

/**
 * A directory with the index files that modprobe needs for a tree of modules, which is made once: by the
 * host's depmod, or, where there is none and so no kmod in the guest either, by vimto; an empty one if that
 * fails. Undefined when the tree has them itself. Where the kernel was built, vimto makes it: depmod would look
 * through all of the source, and take in modules that are not the kernel's. The promise never rejects.
 */
export function moduleIndex(
  cache: Cache,
  modules: string,
  release: string,
  path: string | undefined,
): Promise<string> | undefined {
  const depmod = isBuildDirectory(modules)
    ? undefined
    : (Bun.which("depmod", { PATH: `${path ?? ""}:/usr/sbin:/sbin` }) ?? undefined);
  const index = join(modules, depmod === undefined ? INDEX.own : INDEX.kmod);
  if ((statSync(index, { throwIfNoEntry: false })?.size ?? 0) > 0) return undefined;
  // Without an index modprobe says what it lacks; everything else works.
  return made(cache, modules, release, depmod).catch(() => cache.emptyDirectory());
}

async function made(
  cache: Cache,
  modules: string,
  release: string,
  depmod: string | undefined,
): Promise<string> {
  const { ino, dev, mtimeNs } = statSync(modules, { bigint: true });
  const maker = depmod === undefined ? [VERSION] : [];
  // A package's modules change with its directory; those of a build directory change one by one.
  const inPlace = depmod === undefined && isBuildDirectory(modules) ? modulesInPlace(modules) : [];
  const files = inPlace.map((name) => fileIdentity(join(modules, name)));
  const name = `modules/${keyOf(modules, release, `${dev} ${ino} ${mtimeNs}`, ...maker, ...files)}`;
  const directory = cache.path(name);
  if (cache.use(name)) return directory;
  const unlock = await cache.lock(name);
  if (unlock === undefined) throw new Failure("cache", "another process makes it for ever");
  try {
    if (cache.use(name)) return directory;
    mkdirSync(cache.path("modules"), { recursive: true });
    // Nobody else is here: what is left of a run that was killed goes.
    for (const left of readdirSync(cache.path("modules")))
      if (left.startsWith(`.${name.slice(8)}`))
        rmSync(cache.path(`modules/${left}`), { recursive: true });
    const staging = mkdtempSync(cache.path(`modules/.${name.slice(8)}`));
    const tree = join(staging, "lib/modules", release);
    mkdirSync(tree, { recursive: true });
    // A run that ends meanwhile leaves no files.
    const end = () => rmSync(staging, { recursive: true, force: true });
    process.on("exit", end);
    try {
      if (depmod === undefined) await writeIndex(tree, modules);
      else await runDepmod(depmod, staging, tree, modules, release);
      renameSync(tree, directory);
      cache.use(name);
    } finally {
      process.off("exit", end);
      end();
    }
    return directory;
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
