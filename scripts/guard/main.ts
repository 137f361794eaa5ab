/**
 * Guards one executable of `bun build --compile` for this machine, in place: in a working directory that
 * has no path Bun ends with status 1 and a sentence of its own before any of our code runs.
 */
import { readFile, writeFile } from "node:fs/promises";
import { GuardError, guard, workingDirectory } from "@vimto/native/guard";
import { sentences } from "./sentences.ts";

async function main(path: string | undefined): Promise<number> {
  if (path === undefined) {
    process.stderr.write("usage: bun scripts/guard/main.ts EXECUTABLE\n");
    return 2;
  }
  const arch = process.arch === "arm64" ? "aarch64" : "x86_64";
  try {
    await writeFile(path, guard(await readFile(path), arch, workingDirectory(sentences)));
    return 0;
  } catch (error) {
    if (!(error instanceof GuardError)) throw error;
    process.stderr.write(`${path}: ${error.message}\n`);
    return 1;
  }
}

process.exit(await main(process.argv[2]));
