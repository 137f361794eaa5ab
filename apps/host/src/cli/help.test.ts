import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { variables } from "../settings/environment.ts";
import { fileJsonSchema } from "../settings/file-json-schema.ts";
import { withTables } from "../settings/guide-tables.ts";
import { options } from "../settings/options.ts";
import { fileEntries } from "../settings/table/table.ts";
import { commands as all } from "./commands/commands.ts";
import { commandHelp, helpText } from "./help.ts";

const docs = join(import.meta.dirname, "../../../../docs");
const guide = readFileSync(join(docs, "configuration.md"), "utf8");
const commands = all.filter(({ help }) => help !== "");
const texts = [helpText(commands), ...commands.map(commandHelp)].join("\n");

const matches = (text: string, pattern: RegExp) =>
  new Set([...text.matchAll(pattern)].map(([, found = ""]) => found));
const optionPattern = /(?<![\w-])--([a-z][\w-]*)/g;
const sorted = (words: Iterable<string>) => [...words].sort();

test("the help fits on a screen", () => {
  const lines = helpText(commands).split("\n");
  expect(lines.length).toBeLessThanOrEqual(60);
  for (const command of commands) lines.push(...commandHelp(command).split("\n"));
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
  expect(lines.filter((line) => line !== line.trimEnd())).toEqual([]);
});

test("the help begins with how to use vimto", () => {
  expect(helpText(commands)).toMatch(/^Usage: vimto \[OPTIONS\] exec \[--\] COMMAND\.\.\.\n/);
});

test("every option is in the help, and every option of the help is one", () => {
  // Flags of the commands in examples: test.sh -v.
  expect(sorted(matches(texts, optionPattern))).toEqual(sorted(options.map(({ name }) => name)));
  const general = options.filter(({ group }) => group !== "prune" && group !== "kernels");
  for (const { name } of general)
    expect(helpText(commands)).toMatch(new RegExp(`^ {2}--${name}\\b`, "m"));
});

test("every command is in the help and explained", () => {
  for (const command of commands) {
    const { name } = command;
    expect(helpText(commands)).toMatch(new RegExp(`^ {2}${name}\\b`, "m"));
    expect(commandHelp(command)).toMatch(new RegExp(`^Usage: vimto \\[OPTIONS\\] ${name}\\b`));
  }
});

test("every option is in the guide, and every option of the guide is one", () => {
  // An option of dmesg in the example.
  const found = matches(guide, optionPattern);
  found.delete("level");
  expect(sorted(found)).toEqual(sorted(options.map(({ name }) => name)));
});

test("every variable is in the guide, and every variable of the guide is one", () => {
  const found = matches(guide, /\b(VIMTO_\w+)/g);
  found.delete("VIMTO_KERNAL");
  expect(sorted(found)).toEqual(sorted(variables));
});

test("the tables of the guide are what scripts/schema writes", () => {
  expect(withTables(guide), "run scripts/schema").toBe(guide);
});

test("docs/vimto.schema.json is what scripts/schema writes", () => {
  const schema = JSON.parse(readFileSync(join(docs, "vimto.schema.json"), "utf8"));
  expect(schema, "run scripts/schema").toEqual(fileJsonSchema());
  expect(schema).toMatchObject({ type: "object", additionalProperties: false });
  expect(Object.keys(schema.properties)).toEqual(fileEntries.map(([key]) => key));
});

test("the example file of the guide is valid", async () => {
  const { parseSettings } = await import("../settings/file-parse.ts");
  const [, toml = ""] = /```toml\n(kernel[^`]*)```/.exec(guide) ?? [];
  expect([...parseSettings(toml, "guide").keys()]).toEqual([
    "kernel",
    "memory",
    "smp",
    "append",
    "share",
    "setup",
    "teardown",
    "timeout",
  ]);
});
