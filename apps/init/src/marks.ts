import { readFileSync } from "node:fs";
import { STAGE0_CLOCK } from "@vimto/native/clock";
import { monotonic } from "./syscalls.ts";

export type Mark = { readonly name: string; readonly ms: number };

/** Moments of the boot on the guest's clock, for --verbose. */
export class Marks {
  readonly list: Mark[] = [{ name: "stage-0", ms: stage0() }];

  add(name: string): void {
    this.list.push({ name, ms: monotonic() });
  }
}

/** When stage-0 began: the struct timespec that it left. */
function stage0(): number {
  const clock = readFileSync(STAGE0_CLOCK);
  return Number(clock.readBigInt64LE(0)) * 1e3 + Number(clock.readBigInt64LE(8)) / 1e6;
}
