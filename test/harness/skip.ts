import { skip } from "@vimto/linux/testing/skip";
import type { TestContext } from "vitest";

export { skip };

/** Skips unless the condition holds. */
export function needs(context: TestContext, condition: boolean, reason: string): void {
  if (!condition) skip(context, reason);
}
