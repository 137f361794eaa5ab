import { randomBytes } from "node:crypto";
import type { Renewal } from "../guest/renew.ts";

const SEED_BYTES = 64;

/** For a guest that has booted: the host's clock as it is now, late by as long as a script is on its way. */
export const bootedNow = (): Renewal => ({
  seed: randomBytes(SEED_BYTES),
  clock: { nowNs: BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6)) },
});

/** For a clone. */
export const resumedBehind = (behindMs: number): Renewal => ({
  seed: randomBytes(SEED_BYTES),
  clock: { behindMs },
});
