import { skip } from "@vimto/linux/testing/skip";
import type { TestContext } from "vitest";

export { skip };

declare module "vitest" {
  interface TaskMeta {
    /** Whether a machine made for testing may lack what the test needs. */
    optional?: true;
  }
}

/** Skips unless the condition holds. */
export function needs(context: TestContext, condition: boolean, reason: string): void {
  if (!condition) skip(context, reason);
}

/** Skips where a machine made for testing may lack what the test is about too; the summary says how many did. */
export function mayLack(context: TestContext, reason: string): never {
  context.task.meta.optional = true;
  return context.skip(reason);
}
