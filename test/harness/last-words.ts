import { afterEach } from "vitest";
import type { RunResult } from "./vimto.ts";

const MOST = 4000;
const said: string[] = [];

/** Keeps how a run ended until its test is over. */
export function noteEnd({ status, stderr }: RunResult): void {
  if (status !== 0) said.push(`status ${status}: ${JSON.stringify(stderr.slice(-MOST))}`);
}

/** Tells, with the error of a test that failed, how its runs ended and what vimto said: much of it cannot be seen again. */
export function tellLastWords(): void {
  afterEach(({ task }) => {
    const words = said.splice(0).slice(-3).join("\n");
    const [error] = task.result?.errors ?? [];
    if (error !== undefined && words !== "")
      error.message += `\nthe runs of this test ended with\n${words}`;
  });
}
