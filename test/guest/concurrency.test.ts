import { expect, test } from "vitest";
import {
  anyKernel,
  commandLine,
  compare,
  emptyDirectory,
  leftFiles,
  Running,
  vimto,
} from "../harness/index.ts";

test("twenty runs at once from an empty cache make one set of files", async () => {
  const [alone, shared] = [emptyDirectory("cache"), emptyDirectory("cache")];
  const args = (word: string) => commandLine(anyKernel(), [], ["echo", word]);
  compare(await vimto(args("alone"), { cache: alone }), { stdout: "alone\n" });

  const runs = Array.from({ length: 20 }, (_, index) => ({
    word: `run ${index}`,
    running: new Running(args(`run ${index}`), { cache: shared }),
  }));
  try {
    await Promise.all(
      runs.map(async ({ word, running }) => {
        compare(await running.result(), { stdout: `${word}\n` });
        await running.leavesNothing();
      }),
    );
  } finally {
    for (const { running } of runs) running.kill();
  }
  expect(files(shared)).toEqual(files(alone));
});

/** The files of a cache; a template's name depends on where the cache is. */
function files(cache: string): string[] {
  return leftFiles(cache).map((name) => name.replace(/templates\/[0-9a-f]+/, "templates/KEY"));
}
