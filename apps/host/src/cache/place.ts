import { accessSync, constants, lstatSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { homeDirectory } from "@vimto/linux";

/** `instead` is a sentence that says why the cache is not in the home directory. */
export type CachePlace = { readonly directory: string; readonly instead?: string };

/**
 * Where the cache is: `$XDG_CACHE_HOME/vimto`, `~/.cache/vimto` (XDG Base Directory Specification: relative is
 * invalid), and `$TMPDIR/vimto-UID` where the home cannot be written, as in containers.
 */
export function cachePlace(environment: Readonly<Record<string, string | undefined>>): CachePlace {
  const base = environment.XDG_CACHE_HOME;
  if (base?.startsWith("/")) return { directory: join(base, "vimto") };
  const home = homeDirectory();
  const usual = home && join(home, ".cache", "vimto");
  if (usual !== undefined && mayBe(usual)) return { directory: usual };
  const temporary = temporaryCache(
    environment.TMPDIR?.startsWith("/") ? environment.TMPDIR : "/tmp",
  );
  if (temporary === undefined) return { directory: usual ?? "/.cache/vimto" };
  const why =
    usual === undefined
      ? "this user has no home directory"
      : `the cache directory ${JSON.stringify(usual)} cannot be made`;
  return {
    directory: temporary,
    instead: `${why}, so the cache is in ${JSON.stringify(temporary)}; set XDG_CACHE_HOME to keep it elsewhere`,
  };
}

/**
 * Whether the directory exists or can be made. An existing one that cannot be written may hold all that a run
 * needs.
 */
function mayBe(directory: string): boolean {
  for (let path = directory; ; path = dirname(path)) {
    try {
      lstatSync(path);
      if (path !== directory) accessSync(path, constants.W_OK | constants.X_OK);
      return true;
    } catch (error) {
      const absent = error instanceof Error && "code" in error && error.code === "ENOENT";
      if (!absent || path === dirname(path)) return false;
    }
  }
}

/** A directory for this user alone. Undefined when it cannot be made, or belongs to another user. */
function temporaryCache(base: string): string | undefined {
  const uid = process.geteuid?.() ?? 0;
  const directory = join(base, `vimto-${uid}`);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch {
    // The owner is checked below.
  }
  const found = lstatSync(directory, { throwIfNoEntry: false });
  const own = found?.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0;
  return own ? directory : undefined;
}
