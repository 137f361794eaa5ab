import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

/** Each folder imports from itself, from those above it in this list, and from the files beside it. */
const ORDER = ["names", "archives", "index", "kernels", "fetch"];
const BESIDE = ["errors.ts", "limits.ts", "context.ts", "options.ts"];

test.each(ORDER)("%s imports only what comes before it", (folder) => {
  const allowed = ORDER.slice(0, ORDER.indexOf(folder) + 1);
  const directory = join(import.meta.dirname, folder);
  const wrong = readdirSync(directory)
    .filter((name) => !name.endsWith(".test.ts"))
    .flatMap((name) => {
      const text = readFileSync(join(directory, name), "utf8");
      const imports = [...text.matchAll(/from "(\.\.?\/[^"]+)"/g)].map(([, path]) => path ?? "");
      return imports.filter((path) => {
        const [, first = "", second] = /^\.\.\/([^/]+)(?:\/(.+))?$/.exec(path) ?? [];
        if (path.startsWith("./")) return false;
        return second === undefined ? !BESIDE.includes(first) : !allowed.includes(first);
      });
    });
  expect(wrong).toEqual([]);
});
