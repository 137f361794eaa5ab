import { lstatSync, readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";

/** A directory of the image that stands where the host has a symbolic link to a directory. */
export type Merge = {
  /** Its name at the root of the image, such as "lib". */
  readonly name: string;
  /** What the host's link says, such as "usr/lib". */
  readonly link: string;
  /** Where that leads on the host, such as "/usr/lib". */
  readonly target: string;
  /** It holds nothing but modules, which are mounted as such. */
  readonly empty: boolean;
};

/**
 * An image with a real /lib on a host whose /lib is a link to usr/lib (every merged-/usr host): in an
 * overlay the directory would hide the link and all that it leads to. The link has to win, and the
 * directory be merged where it leads.
 */
export function planMerges(image: string, root = "/"): Merge[] {
  const merges: Merge[] = [];
  for (const entry of readdirSync(image, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const path = join(root, entry.name);
    if (!lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink()) continue;
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) continue;
    const target = realpathSync(path);
    const link = root === "/" ? target.slice(1) : target.slice(root.length + 1);
    const empty = holdsOnly(join(image, entry.name), "modules");
    merges.push({ name: entry.name, link, target: `/${link}`, empty });
  }
  return merges;
}

const holdsOnly = (directory: string, name: string): boolean =>
  readdirSync(directory).every((entry) => entry === name);
