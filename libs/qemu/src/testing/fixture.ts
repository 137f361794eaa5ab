import { readFile } from "node:fs/promises";

/** The bytes of a captured console; fixtures/console/README.md tells how each came about. */
export async function readFixture(name: string): Promise<Uint8Array> {
  return await readFile(new URL(`../../fixtures/console/${name}`, import.meta.url));
}
