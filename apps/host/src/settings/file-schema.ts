import { z } from "zod";
import type { SettingKey } from "./options.ts";

/** The settings that a file may hold. */
export type FileKey = Exclude<SettingKey, "gdb" | "dry-run">;

const texts = z.union([z.string(), z.array(z.string())]);
const textOrInteger = z.union([z.string(), z.int().min(0)]);

/**
 * .vimto.toml as written: the shape only. What the values mean is checked by the same code that
 * checks options and environment variables.
 */
export const fileSchema = z
  .strictObject({
    kernel: z
      .string()
      .describe(
        "Kernel to boot: a file, a directory, an image reference, host or host:VERSION. Relative paths start at this file. Empty means none.",
      ),
    memory: textOrInteger.describe(
      'Memory that the command may use, such as "512M", "1G" or "size=1G"; a plain number is MiB.',
    ),
    smp: textOrInteger.describe('Number of CPUs, such as 2, "2", "cpus=2" or "cpus=2,cores=2".'),
    arch: z.enum(["amd64", "arm64", "x86_64", "aarch64"]).describe("Architecture of the guest."),
    accel: z.enum(["auto", "kvm", "tcg"]).describe("How the guest's CPU is run."),
    append: texts.describe("Kernel arguments to add, one text or a list."),
    share: texts.describe(
      'Directories whose writes are kept, "DIR", "DIR:ro" or "DIR:rw", one or a list. Relative paths start at this file.',
    ),
    user: textOrInteger.describe(
      'User who runs the command, a name or "UID[:GID]". Empty means the caller.',
    ),
    sudo: z.boolean().describe("Run the command as root."),
    setup: texts.describe("Commands to run as root before the command, in shell quoting."),
    teardown: texts.describe("Commands to run as root after the command, in shell quoting."),
    timeout: textOrInteger.describe(
      'Time after which the run is ended, such as "30s" or "1m30s"; a plain number is seconds, 0 is no limit.',
    ),
    start: z
      .enum(["auto", "fresh"])
      .describe("auto resumes from a template where possible, fresh always boots."),
    pull: z.enum(["always", "missing", "never"]).describe("When to ask the registry for an image."),
    verbose: z.boolean().describe("Show the console and how long each stage took."),
    quiet: z.boolean().describe("No progress and no warnings."),
  } satisfies Record<FileKey, z.ZodType>)
  .partial()
  .meta({ title: ".vimto.toml", description: "Settings of vimto for a project." });

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

/** The schema for editors, as docs/vimto.schema.json holds it: draft 2020-12. */
export const fileJsonSchema = (): string =>
  JSON.stringify(z.toJSONSchema(fileSchema, { io: "input" }), null, 2);
