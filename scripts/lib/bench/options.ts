import { parseArgs } from "node:util";
import { type TestKernel, testKernels } from "../../../test/harness/kernels.ts";

export const MODES = [
  "boot",
  "first",
  "start",
  "stdio",
  "memory",
  "density",
  "files",
  "matrix",
  "tty",
] as const;
export type Mode = (typeof MODES)[number];

export type Options = {
  readonly mode: Mode;
  /** Measured runs of each thing, at least 1. */
  readonly runs: number;
  /** How many files "files" has in its tree. */
  readonly files: number;
  readonly kernels: readonly TestKernel[];
};

/** Enough for a median on a machine that does other things too. */
const DEFAULT_RUNS = 7;
/** What is measured is in proportion; with 9,000, a round takes 9p a quarter of an hour. */
const DEFAULT_FILES = 1000;

/** A command line that asks for nothing we can do; the message is one sentence. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** `MODE [--runs N] [--files N] [--kernel NAME]...`; all kernels that are there when none is named. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parse(args);
  const [word = "", ...more] = positionals;
  const mode = MODES.find((known) => known === word);
  if (mode === undefined)
    throw new UsageError(`"${word}" is nothing to measure; give one of ${MODES.join(", ")}`);
  if (more.length > 0) throw new UsageError(`"${more[0]}" is one word too many`);
  return {
    mode,
    runs: parseRuns(values.runs ?? `${DEFAULT_RUNS}`),
    files: parseFiles(values.files ?? `${DEFAULT_FILES}`),
    kernels: chooseKernels(values.kernel ?? [], testKernels("all")),
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        runs: { type: "string" },
        files: { type: "string" },
        kernel: { type: "string", multiple: true },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

export function parseRuns(text: string): number {
  if (!/^[1-9][0-9]{0,4}$/.test(text))
    throw new UsageError(`--runs "${text}" is not a number from 1 to 99999`);
  return Number(text);
}

export function parseFiles(text: string): number {
  if (!/^[1-9][0-9]{2,5}$/.test(text))
    throw new UsageError(`--files "${text}" is not a number from 100 to 999999`);
  return Number(text);
}

/** The kernels of these names, or all; those that are not on this machine are left out. */
export function chooseKernels(
  names: readonly string[],
  known: readonly TestKernel[],
): readonly TestKernel[] {
  for (const name of names) {
    const kernel = known.find((candidate) => candidate.name === name);
    const all = known.map((candidate) => candidate.name).join(", ");
    if (kernel === undefined) throw new UsageError(`no kernel is named "${name}"; known: ${all}`);
    if (kernel.missing !== undefined) throw new UsageError(kernel.missing);
  }
  const there = known.filter(({ missing }) => missing === undefined);
  if (there.length === 0) throw new UsageError("there is no kernel here: run scripts/setup test");
  return names.length === 0 ? there : there.filter(({ name }) => names.includes(name));
}
