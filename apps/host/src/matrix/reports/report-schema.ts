import { z } from "zod";
import { MOST_SHARDS } from "../../settings/many-values.ts";
import type { MatrixReport } from "./report.ts";

const count = z.int().min(0);

export const REPORT_VERSION = 2;

/** The JSON report. Each version of it has its own number in `version`. */
export const reportSchema = z.strictObject({
  version: z.literal(REPORT_VERSION),
  command: z.array(z.string()),
  began: z.iso.datetime(),
  tookMs: count,
  status: count.max(255),
  shard: z
    .strictObject({
      index: count.min(1).max(MOST_SHARDS),
      count: count.min(1).max(MOST_SHARDS),
      kernels: z.array(z.strictObject({ name: z.string(), shard: count.min(1).max(MOST_SHARDS) })),
    })
    .nullable(),
  bisect: z
    .strictObject({
      lastGood: z.string().nullable(),
      firstBad: z.string().nullable(),
      untestable: z.array(z.string()),
      said: z.string(),
    })
    .nullable(),
  kernels: z.array(
    z.strictObject({
      name: z.string(),
      release: z.string().nullable(),
      result: z.enum(["passed", "failed", "timed-out", "could-not-run", "skipped", "not-run"]),
      said: z.string(),
      asExpected: z.boolean(),
      status: count.max(255).nullable(),
      bootMs: count.nullable(),
      runMs: count.nullable(),
      tries: count,
      reason: z.string().nullable(),
      console: z.array(z.string()),
      firstFailing: z.string(),
      output: z.strictObject({ text: z.string(), bytes: count, file: z.string().nullable() }),
      tests: z.array(
        z.strictObject({
          name: z.string(),
          result: z.enum(["passed", "failed", "skipped"]),
          ms: z.number().min(0).optional(),
          message: z.string(),
        }),
      ),
      testsLeftOut: count,
    }),
  ),
});

/** docs/report.schema.json: JSON Schema, draft 2020-12. */
export const reportJsonSchema = (): object => ({
  title: "vimto's report",
  description: "What vimto --report json=FILE writes of a command on many kernels.",
  ...z.toJSONSchema(reportSchema),
});

/** Checks a value against the schema, and returns it as the program's own type. */
export const checkedReport = (value: unknown): MatrixReport => {
  const { kernels, ...rest } = reportSchema.parse(value);
  return {
    ...rest,
    kernels: kernels.map((kernel) => ({
      ...kernel,
      tests: kernel.tests.map(({ ms, ...test }) => ({
        ...test,
        ...(ms === undefined ? {} : { ms }),
      })),
    })),
  };
};
