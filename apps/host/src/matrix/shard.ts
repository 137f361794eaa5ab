import { createHash } from "node:crypto";
import type { Environment } from "../host/facts.ts";
import type { ShardChoice } from "../settings/many-values.ts";
import { UserError } from "../settings/user-error.ts";

export type Shard = { readonly index: number; readonly count: number };

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
 * The cells of a shard: in the order of the hashes of their names they are dealt out to all, so that machines with the
 * same list agree, no two run the same, and no shard has two more than another.
 */
export function dealt<T extends { readonly name: string }>(
  cells: readonly T[],
  { index, count }: Shard,
): readonly T[] {
  const hash = ({ name }: T) => createHash("sha256").update(name).digest("hex");
  const order = cells
    .map((cell) => ({ cell, hash: hash(cell) }))
    .sort((one, other) => (one.hash < other.hash ? -1 : 1));
  const own = new Set(order.filter((_, at) => at % count === index - 1).map(({ cell }) => cell));
  return cells.filter((cell) => own.has(cell));
}
