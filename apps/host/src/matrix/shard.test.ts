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

test("pipelines say which shard it is", () => {
  const second = { index: 2, count: 4 };
  expect(shardOf(second, {})).toEqual(second);
  expect(shardOf("auto", { CI_NODE_INDEX: "2", CI_NODE_TOTAL: "4" })).toEqual(second);
  expect(shardOf("auto", { CIRCLE_NODE_INDEX: "1", CIRCLE_NODE_TOTAL: "4" })).toEqual(second);
  const buildkite = { BUILDKITE_PARALLEL_JOB: "1", BUILDKITE_PARALLEL_JOB_COUNT: "4" };
  expect(shardOf("auto", buildkite)).toEqual(second);
  expect(() => shardOf("auto", { CI_NODE_TOTAL: "4" })).toThrowError(
    "--shard auto finds neither CI_NODE_INDEX and CI_NODE_TOTAL, nor CIRCLE_NODE_INDEX and CIRCLE_NODE_TOTAL, nor BUILDKITE_PARALLEL_JOB and BUILDKITE_PARALLEL_JOB_COUNT; write --shard I/N",
  );
});
