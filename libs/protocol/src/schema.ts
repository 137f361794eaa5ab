import { z } from "zod";

/** Text that can pass through a system call: a NUL byte would silently end it there. */
export const text = z.string().regex(/^[^\0]*$/, "must not contain a NUL byte");

/** A path or a name: text that is not empty. */
export const path = text.min(1);

export const count = z.int().nonnegative();

export const signalNumber = z.int().min(1).max(64);

/** A user or group id; 4294967295 is (uid_t)-1, "leave as it is" (setresuid(2)). */
export const id = z.int().min(0).max(0xffff_fffe);

/** A number that may not fit a double, in decimal digits. */
export const digits = z.string().regex(/^\d{1,20}$/, "must be decimal digits");

/** A moment of the start, for the report of --verbose: `ms` since the machine's kernel started. */
export const mark = z.strictObject({ name: z.string().min(1), ms: z.number().nonnegative() });

export type Mark = z.infer<typeof mark>;
