import { KernelError } from "../error.ts";

/** Compressed data that cannot be right; `what` completes "its xz data ...". */
export const corrupt = (format: string, what: string): KernelError =>
  new KernelError("corrupt", `its ${format} data ${what}`);
