import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { removeTree } from "../tree/remove-tree.ts";

/** A new directory that is gone when the block of its `using` ends. */
export function scratch(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "vimto-test-"));
  return { path, [Symbol.dispose]: () => removeTree(path) };
}
