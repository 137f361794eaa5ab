import { expect, test } from "vitest";
import type { Cell } from "../matrix/cell.ts";
import { dealtShard, ownCells, type Shard } from "../matrix/shard.ts";
import { settingsOf } from "../settings/testing/fixture.ts";
import { demandOne } from "./context.ts";

const toml = 'kernels = ["a", "b c"]';
const names = ["b c", "a"];
const cells = names.map((name): Cell => {
  const settings = settingsOf({ argv: ["--kernel", name] });
  return { name, settings, environment: {}, expected: { kind: "pass" }, listed: false };
});
const way = "choose one with --only, such as: --only 'b c'";

test("several kernels are too many", () => {
  expect(() => demandOne({ cells, settings: settingsOf({ toml }) })).toThrow(
    `this takes one kernel, and 2 are named; ${way}`,
  );
});

test.each<[Shard, number]>([
  [{ index: 1, count: 1 }, 2],
  [{ index: 2, count: 2 }, 1],
  [{ index: 3, count: 3 }, 0],
])("of a share, %j, all are told", (share, count) => {
  const shard = dealtShard(names, share);
  const text = `${share.index}/${share.count}`;
  const settings = settingsOf({ toml, environment: { VIMTO_SHARD: text } });
  expect(() => demandOne({ cells: ownCells(cells, shard), shard, settings })).toThrow(
    `this takes one kernel, and shard ${text} (VIMTO_SHARD) has ${count} of 2; ${way}`,
  );
});
