import { z } from "zod";
import { type FileKey, fileSchema } from "./file-schema.ts";

/**
 * What editors show. It is kept apart from the schema that a run pays for: zod clones each schema
 * that it puts a description on.
 */
const descriptions: Readonly<Record<FileKey, string>> = {
  kernel:
    "Kernel to boot: a file, a directory, an image reference, host or host:VERSION. Relative paths start at this file. Empty means none.",
  memory:
    'Memory that the command may use, such as "512M", "1G" or "size=1G"; a plain number is MiB.',
  smp: 'Number of CPUs, such as 2, "2", "cpus=2" or "cpus=2,cores=2".',
  arch: "Architecture of the guest.",
  accel: "How the guest's CPU is run.",
  append: "Kernel arguments to add, one text or a list.",
  share:
    'Directories whose writes are kept, "DIR", "DIR:ro" or "DIR:rw", one or a list. Relative paths start at this file.',
  user: 'User who runs the command, a name or "UID[:GID]". Empty means the caller.',
  sudo: "Run the command as root.",
  setup: "Commands to run as root before the command, in shell quoting.",
  teardown: "Commands to run as root after the command, in shell quoting.",
  timeout:
    'Time after which the run is ended, such as "30s" or "1m30s"; a plain number is seconds, 0 is no limit.',
  start: "auto resumes from a template where possible, fresh always boots.",
  pull: "When to ask the registry for an image.",
  verbose: "Show the console and how long each stage took.",
  quiet: "No progress and no warnings.",
};

/** The schema for editors, as docs/vimto.schema.json holds it: JSON Schema, draft 2020-12. */
export function fileJsonSchema(): object {
  const { properties = {}, ...rest } = z.toJSONSchema(fileSchema, { io: "input" });
  const described = Object.entries(descriptions).map(([key, description]) => {
    const property = properties[key];
    return [key, typeof property === "object" ? { description, ...property } : property];
  });
  const title = ".vimto.toml";
  const description = "Settings of vimto for a project.";
  return { title, description, ...rest, properties: Object.fromEntries(described) };
}
