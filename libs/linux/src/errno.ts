import { getSystemErrorName } from "node:util";

/** "ENOENT" for 2; "errno 4000" for a number without a name. */
export function errnoName(errno: number): string {
  // For other numbers Node throws, and Bun answers with a sentence.
  const name = errno > 0 ? getSystemErrorName(-errno) : "";
  return /^E[A-Z0-9]+$/.test(name) ? name : `errno ${errno}`;
}
