import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

export type TreeOptions = { readonly withTimes?: boolean };

/** One line for each entry below a directory: path, kind, permissions, links, content, seconds. */
export function describeTree(root: string, options: TreeOptions = {}): string[] {
  const names = new Map<number, string>();
  const walk = (from: string): string[] =>
    readdirSync(join(root, from), { encoding: "latin1" })
      .sort()
      .flatMap((name) => {
        const path = from === "" ? name : `${from}/${name}`;
        const bytes = Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, "latin1")]);
        const stat = lstatSync(bytes);
        const time = options.withTimes ? ` ${Math.floor(stat.mtimeMs / 1000)}` : "";
        if (stat.isSymbolicLink()) return [`${path} -> ${readlinkSync(bytes)}`];
        const mode = (stat.mode & 0o7777).toString(8);
        if (stat.isDirectory()) return [`${path}/ ${mode}${time}`, ...walk(path)];
        const first = names.get(stat.ino);
        if (first !== undefined) return [`${path} = ${first}`];
        names.set(stat.ino, path);
        const hash = createHash("sha256").update(readFileSync(bytes)).digest("hex").slice(0, 16);
        return [`${path} ${mode} ${stat.size} ${hash}${time}`];
      });
  return walk("");
}
