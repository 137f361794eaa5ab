import { parse, TomlDate, TomlError } from "smol-toml";
import type { z } from "zod";
import { type FileSettings, fileSchema } from "./file-schema.ts";
import { type KernelTable, kernelsMistake } from "./kernel-table.ts";
import { nearest } from "./nearest.ts";
import type { Entry, Layer } from "./origin.ts";
import { fileEntries, type SettingKey, settingOf } from "./table/table.ts";
import { type KeyLine, locateKeys } from "./toml-lines.ts";
import { quoted, shownPath, UserError } from "./user-error.ts";

const knownKeys = fileEntries.map(([key]) => key);

/**
 * Parses the text of a settings file.
 *
 * @param path how sentences and origins name the file
 * @throws UserError file-syntax, file-key or bad-value for the first mistake in the file
 */
export function parseSettings(text: string, path: string): Layer {
  const document = parseToml(text, path);
  const lines = locateKeys(text);
  // Compiling a parser for a single file takes longer than reading it without one.
  const result = fileSchema.safeParse(document, { jitless: true });
  if (!result.success) throw firstMistake(result.error.issues, document, lines, path);
  return toLayer(result.data as FileSettings, lines, path);
}

function parseToml(text: string, path: string): Readonly<Record<string, unknown>> {
  try {
    return parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const why = /^Invalid TOML document: (.*)/.exec(error.message)?.[1] ?? "invalid";
    throw new UserError(
      "file-syntax",
      `${shownPath(path)}:${error.line}:${error.column}: not valid TOML: ${why}`,
      { cause: error },
    );
  }
}

const lineOf = (lines: readonly KeyLine[], key: string): KeyLine =>
  lines.find((entry) => entry.key === key) ?? { key, line: 1, value: "" };

function firstMistake(
  issues: readonly z.core.$ZodIssue[],
  document: Readonly<Record<string, unknown>>,
  lines: readonly KeyLine[],
  path: string,
): UserError {
  const mistakes = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((key) => ({ key, error: unknownKey }))
      : [{ key: String(issue.path[0]), error: wrongValue }],
  );
  const [first] = mistakes
    .map((mistake) => ({ ...mistake, at: lineOf(lines, mistake.key) }))
    .sort((left, right) => left.at.line - right.at.line);
  if (first === undefined) throw new Error("a schema refused a file without saying why");
  return first.error(`${shownPath(path)}:${first.at.line}: `, first.at, document[first.key]);
}

function unknownKey(where: string, { key }: KeyLine): UserError {
  const near = nearest(key, knownKeys);
  const out = near === undefined ? `the keys are ${knownKeys.join(", ")}` : `did you mean ${near}?`;
  return new UserError("file-key", `${where}unknown key ${quoted(key)}; ${out}`);
}

function wrongValue(where: string, { key, value: source }: KeyLine, value: unknown): UserError {
  const expected = fileEntries.find(([known]) => known === key)?.[1].expected ?? "";
  const inside = key === "kernels" ? kernelsMistake(value) : undefined;
  if (inside !== undefined) return new UserError("bad-value", `${where}${inside}`);
  const bad = (what: string) =>
    new UserError("bad-value", `${where}${key} must be ${expected}, ${what}`);
  if (typeof value === "string") {
    const near = nearest(value, wordsIn(expected));
    return bad(
      `not ${quoted(value)}${near === undefined ? "" : `; did you mean ${quoted(near)}?`}`,
    );
  }
  if (typeof value === "number") {
    // TOML reads 6.10 as the number 6.1: only the source has the text that was meant.
    return bad(`not the number ${source}${key === "kernel" ? `; write kernel = "${source}"` : ""}`);
  }
  if (Array.isArray(value)) {
    const odd = value.find((item) => typeof item !== "string");
    return bad(odd === undefined ? "not a list" : `not a list with ${kindOf(odd)} in it`);
  }
  return bad(`not ${kindOf(value)}`);
}

const wordsIn = (sentence: string): string[] =>
  [...sentence.matchAll(/"(\w+)"/g)].map(([, word = ""]) => word);

function kindOf(value: unknown): string {
  if (value instanceof TomlDate) return "a date";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a table";
  return typeof value === "number" ? `the number ${value}` : `${value}`;
}

function toLayer(settings: FileSettings, lines: readonly KeyLine[], path: string): Layer {
  const layer = new Map<SettingKey, Entry[]>();
  for (const key of knownKeys) {
    const value = settings[key];
    if (value === undefined || (value === "" && settingOf(key).file?.emptyIsUnset)) continue;
    const line = lineOf(lines, key).line;
    const origin = { from: "file", path, line, key } as const;
    // Each [[kernels]] has a line of its own.
    const own = key === "kernels" ? lines.filter((found) => found.key === key) : [];
    const values: readonly (string | KernelTable)[] =
      typeof value === "object" ? value : [String(value)];
    layer.set(
      key,
      values.map((one, index) =>
        typeof one === "string"
          ? { text: one, origin }
          : {
              text: one.kernel,
              origin: { ...origin, line: own[own.length > 1 ? index : 0]?.line ?? line },
              table: one,
            },
      ),
    );
  }
  return layer;
}
