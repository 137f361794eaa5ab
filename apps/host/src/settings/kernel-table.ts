import { z } from "zod";
import { nearest } from "./nearest.ts";
import { quoted } from "./user-error.ts";

const text = z.string();
const texts = z.union([text, z.array(text)]);
const number = z.int().min(0);

/** What a sentence says of each key of a table below `kernels`. */
const keys = {
  name: [text.min(1), "text in quotes"],
  kernel: [text.min(1), "text in quotes"],
  memory: [z.union([text, number]), "text in quotes or a whole number"],
  smp: [z.union([text, number]), "text in quotes or a whole number"],
  append: [texts, "text in quotes or a list of texts"],
  setup: [texts, "text in quotes or a list of texts"],
  teardown: [texts, "text in quotes or a list of texts"],
  user: [z.union([text, number]), "text in quotes or a whole number"],
  sudo: [z.boolean(), "true or false"],
  env: [z.record(text, text), "a table of texts"],
  timeout: [z.union([text, number]), "text in quotes or a whole number"],
  expect: [
    z.union([
      z.enum(["pass", "fail", "skip"]),
      z.strictObject({ status: z.int().min(0).max(255) }),
    ]),
    '"pass", "fail", "skip" or { status = NUMBER }',
  ],
  reason: [text, "text in quotes"],
} as const;

type Keys = typeof keys;

/** A table below `kernels` of .vimto.toml, as written. */
export type KernelTable = Readonly<
  { kernel: string } & Partial<{ [Key in keyof Keys]: z.infer<Keys[Key][0]> }>
>;

/** Its schema. */
export const kernelTable = z.strictObject(
  Object.fromEntries(
    Object.entries(keys).map(([key, [schema]]) => [
      key,
      key === "kernel" ? schema : schema.optional(),
    ]),
  ),
);

/** The first mistake in the value of `kernels`, as what follows its line; undefined if it finds no mistake. */
export function kernelsMistake(value: unknown): string | undefined {
  if (!Array.isArray(value)) return undefined;
  for (const [index, item] of value.entries()) {
    if (typeof item === "string") continue;
    const where = `kernels, entry ${index + 1}`;
    if (typeof item !== "object" || item === null || Array.isArray(item))
      return `${where}, must be text in quotes or a table`;
    const mistake = tableMistake(item);
    if (mistake !== undefined) return `${where}: ${mistake}`;
  }
  return undefined;
}

function tableMistake(item: object): string | undefined {
  for (const [key, value] of Object.entries(item)) {
    if (!isKey(key)) {
      const near = nearest(key, Object.keys(keys));
      return `unknown key ${quoted(key)}; ${near === undefined ? `the keys are ${Object.keys(keys).join(", ")}` : `did you mean ${near}?`}`;
    }
    const [schema, expected] = keys[key];
    if (!schema.safeParse(value, { jitless: true }).success)
      return `${key} must be ${expected}, not ${JSON.stringify(value)}`;
  }
  return "kernel" in item ? undefined : 'it names no kernel; add kernel = "..."';
}

const isKey = (key: string): key is keyof Keys => Object.hasOwn(keys, key);
