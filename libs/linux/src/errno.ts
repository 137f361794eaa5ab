import { getSystemErrorName } from "node:util";

/** "ENOENT" for 2; "errno 4000" for a number without a name. */
export function errnoName(errno: number): string {
  // For other numbers Node throws, and Bun returns a sentence.
  const name = errno > 0 ? getSystemErrorName(-errno) : "";
  return /^E[A-Z0-9]+$/.test(name) ? name : `errno ${errno}`;
}

/** The `code` of an error of the system, of fetch or of zlib ("ENOENT", "ECONNRESET"), or undefined. */
export function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** The sentence for a path that cannot be written because of an error of the system. */
export function writeProblem(path: string, code: string): string {
  return code === "ENOSPC" || code === "EDQUOT"
    ? `there is no space left for "${path}"`
    : `"${path}" cannot be written to (${code})`;
}
