import { expect, test } from "vitest";
import { anyKernel, emptyDirectory, leftFiles, startedBy } from "../harness/index.ts";

test("two dozen runs at once from an empty cache make one set of files and one template", async () => {
  const [alone, shared] = [emptyDirectory("cache"), emptyDirectory("cache")];
  const run = (word: string, cache: string) => startedBy(anyKernel(), `echo ${word}`, { cache });
  expect(await run("alone", alone)).toMatchObject({ stdout: "alone\n", start: "template" });

  const words = Array.from({ length: 24 }, (_, index) => `run ${index}`);
  const runs = await Promise.all(words.map((word) => run(word, shared)));
  expect(runs.map(({ status, stdout, why }) => ({ status, stdout, why }))).toEqual(
    words.map((word) => ({ status: 0, stdout: `${word}\n`, why: "" })),
  );
  expect(runs.filter(({ start }) => start === "template")).toHaveLength(1);
  expect(runs.filter(({ start }) => start === "clone")).toHaveLength(23);
  // A lock that a run still waited for when another one pruned goes with the next pruning.
  const kept = (cache: string) => leftFiles(cache).filter((path) => !path.includes("/locks/"));
  expect(kept(shared)).toEqual(kept(alone));
});
