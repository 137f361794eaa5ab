import { z } from "zod";
import type { Cell, CellResult } from "./cell.ts";

/** Where results are kept by keys. */
export type Kept = {
  readonly read: (key: string) => string | undefined;
  readonly write: (key: string, text: string) => void;
};

const keptSchema = z.strictObject({
  state: z.enum(["passed", "failed", "could-not-run"]),
  asExpected: z.boolean(),
  crashed: z.boolean(),
  status: z.int().optional(),
  release: z.string().optional(),
  bootMs: z.number().optional(),
  runMs: z.number().optional(),
  reason: z.string().optional(),
  firstFailing: z.string(),
});

/** What is kept of a result: how it ended, and not its output. */
export function keptText(result: CellResult): string {
  const { state, asExpected, crashed, status, release, bootMs, runMs, reason, firstFailing } =
    result;
  return JSON.stringify({
    state,
    asExpected,
    crashed,
    status,
    release,
    bootMs,
    runMs,
    reason,
    firstFailing,
  });
}

/** The result in a text of that form; undefined for any other. */
export function keptResult(cell: Cell, text: string | undefined): CellResult | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { data } = keptSchema.safeParse(value);
  if (data === undefined) return undefined;
  const { status, release, bootMs, runMs, reason, ...rest } = data;
  return {
    ...rest,
    cell,
    status,
    release,
    bootMs,
    runMs,
    reason,
    kept: true,
    console: [],
    tries: 0,
    output: { text: "", bytes: 0 },
    tests: [],
    testsLeftOut: 0,
  };
}
