import { expect, test } from "vitest";
import { dealtShard, ownCells, type Shard, shardOf } from "./shard.ts";

type Named = { readonly name: string };
const dealt = (list: readonly Named[], shard: Shard) =>
  ownCells(
    list,
    dealtShard(
      list.map(({ name }) => name),
      shard,
    ),
  );
const cells = Array.from({ length: 11 }, (_, index) => ({ name: `kernel ${index}` }));

test("each cell is in one shard, in the order of the list, and shards are as large as each other", () => {
  for (let count = 1; count <= 13; count++) {
    const shards = Array.from({ length: count }, (_, at) => dealt(cells, { index: at + 1, count }));
    expect(
      shards
        .flat()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(cells.map(({ name }) => name).sort());
    const sizes = shards.map(({ length }) => length);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    for (const shard of shards) expect(shard).toEqual(cells.filter((cell) => shard.includes(cell)));
  }
});

test("the order of the list does not matter", () => {
  const shard = { index: 2, count: 3 };
  const names = (list: readonly Named[]) => list.map(({ name }) => name).sort();
  expect(names(dealt([...cells].reverse(), shard))).toEqual(names(dealt(cells, shard)));
});

test("the longest kernels are shared out first, and shards take about as long as each other", () => {
  const ms = new Map([...cells.keys()].map((at): [string, number] => [`kernel ${at}`, 2 ** at]));
  const names = cells.map(({ name }) => name);
  const shard = dealtShard(names, { index: 1, count: 2 }, ms);
  // The last one takes longer than all others together.
  expect(ownCells(cells, shard)).toEqual(cells.slice(-1));
  const level = new Map([...ms].map(([name], at): [string, number] => [name, 1000 + at]));
  const { kernels } = dealtShard(names, { index: 1, count: 3 }, level);
  const load = (index: number) =>
    kernels
      .filter((kernel) => kernel.shard === index)
      .reduce((sum, { name }) => sum + (level.get(name) ?? 0), 0);
  const loads = [1, 2, 3].map(load);
  expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1010);
});

test("a kernel without a duration counts as the average, and machines agree in whatever order", () => {
  const ms = new Map([
    ["a", 9000],
    ["b", 1000],
  ]);
  const names = ["a", "b", "new", "newer"];
  const shards = (list: readonly string[]) =>
    Object.fromEntries(
      dealtShard(list, { index: 1, count: 2 }, ms).kernels.map(({ name, shard }) => [name, shard]),
    );
  const found = shards(names);
  // 9000 on one side, 5000 and 5000 and then 1000 on the other until that has more.
  expect(found).toMatchObject({ a: 1, b: 1 });
  expect([found.new, found.newer]).toEqual([2, 2]);
  expect(shards([...names].reverse())).toEqual(found);
});

test("there may be more shards than anything", () => {
  const { kernels } = dealtShard(["a", "b"], { index: 1, count: 999_999 });
  expect(kernels.map(({ shard }) => shard).sort()).toEqual([1, 2]);
});

test("what is skipped or takes no time is dealt out evenly, and what runs apart from it", () => {
  const names = cells.map(({ name }) => name);
  const zero = new Map(names.map((name): [string, number] => [name, 0]));
  const sizes = (shard: ReturnType<typeof dealtShard>) =>
    [1, 2, 3, 4].map((index) => ownCells(cells, { ...shard, index }).length);
  const shard = { index: 1, count: 4 };
  expect(sizes(dealtShard(names, shard, zero)).sort()).toEqual([2, 3, 3, 3]);
  const skipped = new Set(names.slice(4));
  // Whatever is written of their durations, the four that run have a shard each.
  const ms = new Map(names.map((name): [string, number] => [name, skipped.has(name) ? 9000 : 10]));
  const { kernels } = dealtShard(names, shard, ms, skipped);
  expect(
    kernels
      .filter(({ name }) => !skipped.has(name))
      .map((kernel) => kernel.shard)
      .sort(),
  ).toEqual([1, 2, 3, 4]);
  expect(sizes({ ...shard, kernels }).sort()).toEqual([2, 3, 3, 3]);
});

const auto = { index: "auto", count: undefined } as const;
const autoOf = (count: number) => ({ index: "auto", count }) as const;

test("pipelines say which shard it is", () => {
  const second = { index: 2, count: 4 };
  expect(shardOf(second, {})).toEqual(second);
  const gitlab = { CI_NODE_INDEX: "2", CI_NODE_TOTAL: "4" };
  expect(shardOf(auto, gitlab)).toEqual(second);
  expect(shardOf(autoOf(4), gitlab)).toEqual(second);
  // A job that is not parallel.
  expect(shardOf(auto, { CI_NODE_TOTAL: "1" })).toEqual({ index: 1, count: 1 });
  expect(shardOf(auto, { CIRCLE_NODE_INDEX: "1", CIRCLE_NODE_TOTAL: "4" })).toEqual(second);
  const buildkite = { BUILDKITE_PARALLEL_JOB: "1", BUILDKITE_PARALLEL_JOB_COUNT: "4" };
  expect(shardOf(auto, buildkite)).toEqual(second);
  expect(shardOf(autoOf(4), { JOB_COMPLETION_INDEX: "1" })).toEqual(second);
});

const all =
  "neither CI_NODE_INDEX and CI_NODE_TOTAL, nor CIRCLE_NODE_INDEX and CIRCLE_NODE_TOTAL, nor BUILDKITE_PARALLEL_JOB and BUILDKITE_PARALLEL_JOB_COUNT, nor JOB_COMPLETION_INDEX; write --shard I/N";
const mistakes: [Parameters<typeof shardOf>[0], Record<string, string>, string][] = [
  [auto, { CI_NODE_TOTAL: "4" }, `--shard auto finds ${all}`],
  [autoOf(4), {}, `--shard auto/4 finds ${all}`],
  [
    auto,
    { JOB_COMPLETION_INDEX: "1" },
    "--shard auto finds JOB_COMPLETION_INDEX, but Kubernetes does not say how many pods there are; write --shard auto/N, with the job's completions for N",
  ],
  [
    autoOf(2),
    { JOB_COMPLETION_INDEX: "2" },
    "--shard auto/2 has no share for JOB_COMPLETION_INDEX, which is 2; write the job's completions: --shard auto/N",
  ],
  [
    autoOf(2),
    { CI_NODE_INDEX: "1", CI_NODE_TOTAL: "4" },
    "--shard auto/2 does not fit CI_NODE_TOTAL, which is 4; write --shard auto",
  ],
];
test.each(mistakes)("%o with %o is refused", (choice, environment, message) => {
  expect(() => shardOf(choice, environment)).toThrowError(
    expect.objectContaining({ message, code: "bad-value" }),
  );
});
