import { createHash } from "node:crypto";
import type { Environment } from "../host/facts.ts";
import type { ShardChoice } from "../settings/many-values.ts";
import { UserError } from "../settings/user-error.ts";

/** From 1 on. */
export type Shard = { readonly index: number; readonly count: number };

export type DealtShard = Shard & {
  /** All kernels in the order in which they were named, and the shard of each. */
  readonly kernels: readonly { readonly name: string; readonly shard: number }[];
};

/** Where pipelines say which of how many equal jobs this one is, and the number of their first. */
const pipelines = [
  // GitLab "parallel", CircleCI "parallelism", Buildkite "parallelism".
  { index: "CI_NODE_INDEX", count: "CI_NODE_TOTAL", first: 1 },
  { index: "CIRCLE_NODE_INDEX", count: "CIRCLE_NODE_TOTAL", first: 0 },
  { index: "BUILDKITE_PARALLEL_JOB", count: "BUILDKITE_PARALLEL_JOB_COUNT", first: 0 },
] as const;

/** The share of this machine. Throws UserError for "auto" where no pipeline says it. */
export function shardOf(choice: ShardChoice, environment: Environment): Shard {
  if (choice !== "auto") return choice;
  for (const { index, count, first } of pipelines) {
    const shard = {
      index: number(environment[index]) - first + 1,
      count: number(environment[count]),
    };
    if (shard.index >= 1 && shard.index <= shard.count) return shard;
  }
  throw new UserError(
    "bad-value",
    `--shard auto finds neither ${pipelines.map(({ index, count }) => `${index} and ${count}`).join(", nor ")}; write --shard I/N`,
  );
}

const number = (text: string | undefined): number =>
  /^\d{1,6}$/.test(text ?? "") ? Number(text) : Number.NaN;

/**
 * The shard of each name, from 1 on: in the order of their hashes they are dealt out to all, so that machines with
 * the same names agree, in whatever order, and no shard has two more than another.
 */
export function dealOut(names: readonly string[], count: number): ReadonlyMap<string, number> {
  const hash = (name: string) => createHash("sha256").update(name).digest("hex");
  const order = names
    .map((name) => ({ name, hash: hash(name) }))
    .sort((one, other) => (one.hash < other.hash ? -1 : 1));
  return new Map(order.map(({ name }, at) => [name, (at % count) + 1]));
}

/** One shard, and with it which kernels the others have. */
export function dealtShard(names: readonly string[], { index, count }: Shard): DealtShard {
  const shards = dealOut(names, count);
  return { index, count, kernels: names.map((name) => ({ name, shard: shards.get(name) ?? 0 })) };
}

/** The cells of a shard, in their order. */
export const ownCells = <T extends { readonly name: string }>(
  cells: readonly T[],
  { index, kernels }: DealtShard,
): readonly T[] => cells.filter((_, at) => kernels[at]?.shard === index);
