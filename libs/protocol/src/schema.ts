import { z } from "zod";

export const signalNumber = z.int().min(1).max(64);

/** Chosen by the host, so that it can tell answers apart. */
export const requestId = z.int().nonnegative();

/** A moment of the start, for the report of --verbose: `ms` since the machine's kernel started. */
export const mark = z.strictObject({ name: z.string().min(1), ms: z.number().nonnegative() });

export type Mark = z.infer<typeof mark>;
