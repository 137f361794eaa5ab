import { z } from "zod";
import type { SettingKey } from "./options.ts";

/** The settings that a file may hold. */
export type FileKey = Exclude<SettingKey, "gdb" | "dry-run">;

const text = z.string().optional();
const texts = z.union([z.string(), z.array(z.string())]).optional();
const textOrInteger = z.union([z.string(), z.int().min(0)]).optional();
const onOrOff = z.boolean().optional();

/**
 * .vimto.toml as written: the shape only. What the values mean is checked by the same code that
 * checks options and environment variables.
 */
export const fileSchema = z.strictObject({
  kernel: text,
  memory: textOrInteger,
  smp: textOrInteger,
  arch: z.enum(["amd64", "arm64", "x86_64", "aarch64"]).optional(),
  accel: z.enum(["auto", "kvm", "tcg"]).optional(),
  append: texts,
  share: texts,
  user: textOrInteger,
  sudo: onOrOff,
  setup: texts,
  teardown: texts,
  timeout: textOrInteger,
  start: z.enum(["auto", "fresh"]).optional(),
  pull: z.enum(["always", "missing", "never"]).optional(),
  verbose: onOrOff,
  quiet: onOrOff,
} satisfies Record<FileKey, z.ZodType>);

export type FileSettings = z.infer<typeof fileSchema>;

/** What a sentence says of the type of each key. */
export const expected: Readonly<Record<FileKey, string>> = {
  kernel: "text in quotes",
  memory: 'text such as "1G" or a whole number of MiB',
  smp: 'text such as "cpus=2" or a whole number',
  arch: 'text, "amd64" or "arm64"',
  accel: 'text, "auto", "kvm" or "tcg"',
  append: "text in quotes or a list of texts",
  share: "text in quotes or a list of texts",
  user: "text in quotes or a whole number",
  sudo: "true or false",
  setup: "text in quotes or a list of texts",
  teardown: "text in quotes or a list of texts",
  timeout: 'text such as "30s" or a whole number of seconds',
  start: 'text, "auto" or "fresh"',
  pull: 'text, "always", "missing" or "never"',
  verbose: "true or false",
  quiet: "true or false",
};
