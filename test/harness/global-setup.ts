import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { base, executable } from "./place.ts";

/** Runs once around all guest tests. */
export function setup(): void {
  if (!existsSync(executable))
    throw new Error(`there is no ${executable}: run scripts/build first`);
}

export async function teardown(): Promise<void> {
  await rm(base, { recursive: true, force: true });
}
