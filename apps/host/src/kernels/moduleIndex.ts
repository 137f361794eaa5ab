import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { basename, join } from "node:path";
import type { Cache } from "../cache/cache.ts";
import { keyOf } from "../cache/identity.ts";
import { errorCode } from "../failure.ts";

/** What modprobe(8) reads; depmod(8) writes it. */
const INDEX = "modules.dep.bin";

/**
 * A directory with the index files that modprobe needs for a tree of modules, made by the host's depmod
 * once; undefined when the tree has them itself, or when the host has no depmod (then it has no
 * modprobe either, and neither has the guest).
 */
export async function moduleIndex(
  cache: Cache,
  modules: string,
  release: string,
): Promise<string | undefined> {
  if (existsSync(join(modules, INDEX))) return undefined;
  const { ino, dev, mtimeNs } = statSync(modules, { bigint: true });
  const name = `modules/${keyOf(modules, release, `${dev} ${ino} ${mtimeNs}`)}`;
  const directory = cache.path(name);
  if (cache.use(name)) return directory;
  const unlock = await cache.lock(name);
  if (unlock === undefined) return undefined;
  try {
    if (cache.use(name)) return directory;
    mkdirSync(cache.path("modules"), { recursive: true });
    // Nobody else is here: what is left of a run that was killed goes.
    for (const left of readdirSync(cache.path("modules")))
      if (left.startsWith(`.${name.slice(8)}`))
        rmSync(cache.path(`modules/${left}`), { recursive: true });
    const staging = mkdtempSync(cache.path(`modules/.${name.slice(8)}`));
    try {
      if (!(await depmod(staging, modules, release))) return undefined;
      renameSync(join(staging, "lib/modules", release), directory);
      cache.use(name);
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
    return directory;
  } catch (error) {
    // Without an index modprobe says what it lacks; everything else works.
    if (errorCode(error) === undefined) throw error;
    return undefined;
  } finally {
    unlock();
  }
}

/**
 * Runs depmod on a tree that it must not write to: what it sees as the tree is a directory of links to
 * the real one, where only what it writes itself is left in the end. (Its option for another output
 * directory is younger than kmod 30.)
 */
async function depmod(base: string, modules: string, release: string): Promise<boolean> {
  const tree = join(base, "lib/modules", release);
  mkdirSync(tree, { recursive: true });
  const links = readdirSync(modules).map((name) => join(tree, name));
  for (const link of links) symlinkSync(join(modules, basename(link)), link);
  const path = `${process.env.PATH ?? ""}:/usr/sbin:/sbin`;
  const child = spawn("depmod", ["-b", base, release], { stdio: "ignore", env: { PATH: path } });
  const status = await new Promise<number | null>((resolve) => {
    child.on("error", () => resolve(null));
    child.on("exit", resolve);
  });
  for (const link of links) rmSync(link);
  return status === 0 && existsSync(join(tree, INDEX));
}
