import { z } from "zod";
import { type KernelTable, kernelTable } from "./kernel-table.ts";
import type { FileForm } from "./table/setting.ts";
import { type FileKey, fileEntries } from "./table/table.ts";

const text = z.string().optional();
const forms: Readonly<Record<Extract<FileForm, string>, z.ZodType>> = {
  text,
  "text or number": z.union([z.string(), z.int().min(0)]).optional(),
  list: z.union([z.string(), z.array(z.string())]).optional(),
  switch: z.boolean().optional(),
  kernels: z.union([z.string(), z.array(z.union([z.string(), kernelTable]))]).optional(),
};
const schemaOf = (form: FileForm): z.ZodType =>
  typeof form === "string" ? forms[form] : z.enum([...form]).optional();

/**
 * .vimto.toml as written: the shape only. What the values mean is checked by the same code that
 * checks options and environment variables.
 */
export const fileSchema = z.strictObject(
  Object.fromEntries(fileEntries.map(([key, { form }]) => [key, schemaOf(form)])),
);

/** A value of the file that has passed the schema. */
export type FileValue = string | number | boolean | readonly (string | KernelTable)[];
export type FileSettings = Readonly<Partial<Record<FileKey, FileValue>>>;
