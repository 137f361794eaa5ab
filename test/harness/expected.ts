import { expect } from "vitest";
import type { RunResult } from "./vimto.ts";

/** What a run must print and end with, to the byte; a pattern must match the whole text. */
export interface Expected {
  readonly stdout?: string | RegExp | Uint8Array;
  readonly stderr?: string | RegExp;
  readonly status?: number;
}

/** Compares all three at once, so that a failure shows what the others were. */
export function compare(result: RunResult, expected: Expected): void {
  const { stdout = "", stderr = "", status = 0 } = expected;
  expect({ ...result, stdout: comparable(result.stdout, stdout) }).toEqual({
    stdout: stdout instanceof RegExp ? expect.stringMatching(stdout) : stdout,
    stderr: stderr instanceof RegExp ? expect.stringMatching(stderr) : stderr,
    status,
  });
}

const comparable = (bytes: Uint8Array, like: string | RegExp | Uint8Array) =>
  like instanceof Uint8Array ? Uint8Array.from(bytes) : new TextDecoder().decode(bytes);
