import { readdirSync, readlinkSync, realpathSync, statSync } from "node:fs";
import { join, relative } from "node:path";
import { errorCode, Failure } from "../failure.ts";
import type { FetchedImage } from "./image.ts";

/** Links to where the modules were built, which nothing follows. */
const UNFOLLOWED = ["build", "source"];

/**
 * Demands that each link among the modules of an image leads to a file of the image: they are read on the
 * host, by depmod(8) too, which follows links to directories. A link that leads nowhere is no harm.
 *
 * Errors: Failure "kernel".
 */
export function demandInside(image: FetchedImage, modules: string): void {
  const root = realpathSync(image.directory);
  for (const path of links(modules)) {
    if (UNFOLLOWED.includes(relative(modules, path))) continue;
    const target = targetOf(path);
    if (target === undefined) continue;
    if (isInside(root, target)) continue;
    const shown = JSON.stringify(relative(image.directory, path));
    throw new Failure(
      "kernel",
      `${image.what} cannot be used: ${shown} among its modules is a link to ` +
        `${JSON.stringify(readlinkSync(path))}, which is no file of it; build it without that link`,
    );
  }
}

/** Demands the same of modules by the paths that modules.dep gives them. Errors: Failure "kernel". */
export function demandFilesInside(image: FetchedImage, files: readonly string[]): void {
  const root = realpathSync(image.directory);
  for (const file of files) {
    const target = targetOf(file);
    if (target !== undefined && isInside(root, target)) continue;
    throw new Failure(
      "kernel",
      `${image.what} cannot be used: its modules.dep names ${JSON.stringify(file)}, ` +
        "which is no file of it; run depmod on what it is built from",
    );
  }
}

const isInside = (root: string, target: string): boolean =>
  target.startsWith(`${root}/`) && statSync(target).isFile();

/** Every link below. (Bun's recursive readdir goes through links to directories.) */
function* links(directory: string): Generator<string> {
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) yield* links(path);
    else if (entry.isSymbolicLink()) yield path;
  }
}

function targetOf(link: string): string | undefined {
  try {
    return realpathSync(link);
  } catch (error) {
    if (["ENOENT", "ENOTDIR", "ELOOP", "EACCES"].includes(errorCode(error) ?? "")) return undefined;
    throw error;
  }
}
