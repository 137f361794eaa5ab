import { createHash } from "node:crypto";
import type { Environment } from "../host/facts.ts";
import type { ShardChoice } from "../settings/many-values.ts";
import { UserError } from "../settings/user-error.ts";
import type { Durations } from "./timings.ts";

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

/** What an indexed job of Kubernetes has; how many there are, it is not told. */
const COMPLETION_INDEX = "JOB_COMPLETION_INDEX";

/** The share of this machine. Throws UserError for "auto" where no pipeline says it, or another count. */
export function shardOf(choice: ShardChoice, environment: Environment): Shard {
  if (choice.index !== "auto") return { index: choice.index, count: choice.count };
  const wanted = choice.count;
  for (const { index, count, first } of pipelines) {
    const total = number(environment[count]);
    // GitLab says of a job that is not parallel that there is one, and not which.
    const alone = total === 1 && environment[index] === undefined;
    const shard = { index: alone ? 1 : number(environment[index]) - first + 1, count: total };
    if (!isShard(shard)) continue;
    if (wanted === undefined || wanted === total) return shard;
    throw new UserError(
      "bad-value",
      `--shard auto/${wanted} does not fit ${count}, which is ${total}; write --shard auto`,
    );
  }
  const completion = number(environment[COMPLETION_INDEX]);
  if (Number.isNaN(completion)) throw nowhere(wanted);
  if (wanted === undefined)
    throw new UserError(
      "bad-value",
      `--shard auto finds ${COMPLETION_INDEX}, but Kubernetes does not say how many pods there are; write --shard auto/N, with the job's completions for N`,
    );
  const shard = { index: completion + 1, count: wanted };
  if (isShard(shard)) return shard;
  throw new UserError(
    "bad-value",
    `--shard auto/${wanted} has no share for ${COMPLETION_INDEX}, which is ${completion}; write the job's completions: --shard auto/N`,
  );
}

const isShard = ({ index, count }: Shard): boolean => index >= 1 && index <= count;

const nowhere = (count: number | undefined): UserError =>
  new UserError(
    "bad-value",
    `--shard auto${count === undefined ? "" : `/${count}`} finds neither ${pipelines.map(({ index, count }) => `${index} and ${count}`).join(", nor ")}, nor ${COMPLETION_INDEX}; write --shard I/N`,
  );

const number = (text: string | undefined): number =>
  /^\d{1,6}$/.test(text ?? "") ? Number(text) : Number.NaN;

/**
 * The shard of each name, from 1 on. The longest comes first, and each goes to the shard that has least to do so
 * far, and of those to one with the fewest kernels; what has no duration counts as the average, what is skipped takes
 * no time, and equal ones come in the order of their hashes. So machines with the same names and durations agree, in
 * whatever order the names are; and without any duration or skip no shard has two more than another.
 */
function dealOut(
  names: readonly string[],
  count: number,
  durations: Durations,
  skipped: ReadonlySet<string>,
): ReadonlyMap<string, number> {
  const known = names.flatMap((name) => (skipped.has(name) ? [] : (durations.get(name) ?? [])));
  const average = known.length === 0 ? 1 : known.reduce((sum, ms) => sum + ms, 0) / known.length;
  const order = names
    .map((name) => ({
      name,
      ms: skipped.has(name) ? 0 : (durations.get(name) ?? average),
      hash: createHash("sha256").update(name).digest("hex"),
    }))
    .sort((one, other) => other.ms - one.ms || (one.hash < other.hash ? -1 : 1));
  // There are no more loads than kernels.
  const loads = Array.from({ length: Math.min(count, names.length) }, (_, at) => ({
    shard: at + 1,
    ms: 0,
    kernels: 0,
  }));
  const shards = new Map<string, number>();
  for (const { name, ms } of order) {
    const least = loads.reduce((one, other) =>
      other.ms < one.ms || (other.ms === one.ms && other.kernels < one.kernels) ? other : one,
    );
    least.ms += ms;
    least.kernels += 1;
    shards.set(name, least.shard);
  }
  return shards;
}

/** One shard, and with it which kernels the others have. Those of `skipped` are not run. */
export function dealtShard(
  names: readonly string[],
  { index, count }: Shard,
  durations: Durations = new Map(),
  skipped: ReadonlySet<string> = new Set(),
): DealtShard {
  const shards = dealOut(names, count, durations, skipped);
  return { index, count, kernels: names.map((name) => ({ name, shard: shards.get(name) ?? 0 })) };
}

/** The cells of a shard, in their order. */
export const ownCells = <T extends { readonly name: string }>(
  cells: readonly T[],
  { index, kernels }: DealtShard,
): readonly T[] => cells.filter((_, at) => kernels[at]?.shard === index);
