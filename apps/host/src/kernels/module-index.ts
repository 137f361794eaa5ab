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
import { Failure } from "../failure.ts";

/** What modprobe(8) reads; depmod(8) writes it. */
const INDEX = "modules.dep.bin";

/**
 * A directory with the index files that modprobe needs for a tree of modules, which the host's depmod makes
 * once; an empty one if it fails. Undefined when the tree has them itself, or when the host has no depmod
 * (then it has no modprobe either, and neither has the guest). The promise never rejects.
 */
export function moduleIndex(
  cache: Cache,
  modules: string,
  release: string,
  path: string | undefined,
): Promise<string> | undefined {
  if (existsSync(join(modules, INDEX))) return undefined;
  const program = Bun.which("depmod", { PATH: `${path ?? ""}:/usr/sbin:/sbin` });
  if (program === null) return undefined;
  // Without an index modprobe says what it lacks; everything else works.
  return made(cache, modules, release, program).catch(() => cache.emptyDirectory());
}

async function made(
  cache: Cache,
  modules: string,
  release: string,
  program: string,
): Promise<string> {
  const { ino, dev, mtimeNs } = statSync(modules, { bigint: true });
  const name = `modules/${keyOf(modules, release, `${dev} ${ino} ${mtimeNs}`)}`;
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
    try {
      await depmod(program, staging, modules, release);
      renameSync(join(staging, "lib/modules", release), directory);
      cache.use(name);
    } finally {
      rmSync(staging, { recursive: true, force: true });
    }
    return directory;
  } finally {
    unlock();
  }
}

/**
 * Runs depmod on a tree that it must not write to: what it sees as the tree is a directory of links to
 * the real one, where only what it writes itself is left in the end. (Its option for another output
 * directory is younger than kmod 30.)
 */
async function depmod(
  program: string,
  base: string,
  modules: string,
  release: string,
): Promise<void> {
  const tree = join(base, "lib/modules", release);
  mkdirSync(tree, { recursive: true });
  const links = readdirSync(modules).map((name) => join(tree, name));
  for (const link of links) symlinkSync(join(modules, basename(link)), link);
  const child = Bun.spawn([program, "-b", base, release], {
    stdio: ["ignore", "ignore", "ignore"],
  });
  // A run that ends meanwhile leaves neither the process nor its files.
  const end = () => {
    child.kill("SIGKILL");
    rmSync(base, { recursive: true, force: true });
  };
  process.on("exit", end);
  const status = await child.exited;
  process.off("exit", end);
  for (const link of links) rmSync(link);
  if (status !== 0 || !existsSync(join(tree, INDEX)))
    throw new Failure("kernel", `depmod ended with status ${status}`);
}
