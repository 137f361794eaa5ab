import { getSystemErrorName } from "node:util";

/** "ENOENT" for 2; "errno 4000" for a number that has no name. */
export function errnoName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return `errno ${errno}`;
  }
}
