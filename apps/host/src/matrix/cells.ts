import { dirname } from "node:path";
import { withTag } from "../kernels/retag.ts";
import type { KernelTable } from "../settings/kernel-table.ts";
import { didYouMean } from "../settings/nearest.ts";
import type { Entry, Layer } from "../settings/origin.ts";
import type { Settings } from "../settings/settings.ts";
import type { SettingKey } from "../settings/table/table.ts";
import { quoted, UserError } from "../settings/user-error.ts";
import type { Cell, Expectation } from "./cell.ts";
import { expand, type Named } from "./expand.ts";

/**
 * The kernels that the settings name, less those that --only leaves out; a single one for settings that name
 * one. Errors: UserError.
 */
export async function cellsOf(settings: Settings): Promise<readonly Cell[]> {
  const { several, only } = settings;
  if (several === undefined) return selected([await alone(settings)], only);
  const named = several.entries.flatMap((entry) =>
    expand({ ...entry, directory: directoryOf(entry, settings.cwd) }),
  );
  const names = uniqueNames(named);
  const chosen = new Set(
    selected(
      names.map((name) => ({ name })),
      only,
    ).map(({ name }) => name),
  );
  const cells: Cell[] = [];
  for (const [index, entry] of named.entries()) {
    const name = names[index] ?? "";
    if (chosen.has(name)) cells.push(await cellOf(settings, name, entry, named.slice(0, index)));
  }
  return cells;
}

async function alone(settings: Settings): Promise<Cell> {
  const tagged = await withTag(settings);
  const name = tagged.kernel?.text ?? "host";
  return { name, settings: tagged, environment: {}, expected: { kind: "pass" }, listed: false };
}

const directoryOf = ({ origin }: Entry, cwd: string): string =>
  origin.from === "file" ? dirname(origin.path) : cwd;

/** The name of the table or the text; of equal ones the second is "NAME (2)". */
function uniqueNames(entries: readonly Named[]): string[] {
  const taken = new Set<string>();
  return entries.map(({ text, table }) => {
    const name = table?.name ?? text;
    let unique = name;
    for (let count = 2; taken.has(unique); count++) unique = `${name} (${count})`;
    taken.add(unique);
    return unique;
  });
}

function selected<T extends { readonly name: string }>(
  cells: readonly T[],
  only: readonly string[],
): readonly T[] {
  if (only.length === 0) return cells;
  const names = cells.map(({ name }) => name);
  const wanted = new Set(
    only.flatMap((text) => {
      const exact = names.filter((name) => name === text);
      const found = exact.length > 0 ? exact : names.filter((name) => pattern(text).test(name));
      if (found.length > 0) return found;
      throw new UserError(
        "bad-value",
        `--only ${quoted(text)} names none of the kernels${didYouMean(text, names, `they are ${names.map(quoted).join(", ")}`, quoted)}`,
      );
    }),
  );
  return cells.filter(({ name }) => wanted.has(name));
}

/** A * stands for any characters, a ? for one, slashes included. */
function pattern(text: string): RegExp {
  const source = text
    .replaceAll(/[\\^$.+|()[\]{}]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`, "s");
}

async function cellOf(
  { several, cwd }: Settings,
  name: string,
  entry: Named,
  before: readonly Named[],
): Promise<Cell> {
  if (several === undefined) throw new Error("there is one kernel alone");
  const { table, origin } = entry;
  const from = origin.from === "file" ? dirname(origin.path) : cwd;
  // A file of kernels may be in another directory than the settings file that names it.
  const text = entry.directory === from ? entry.text : fromDirectory(entry);
  const isTag = text.startsWith(":");
  const base =
    several.below.length > 0
      ? several.below
      : before.filter((earlier) => !earlier.text.startsWith(":")).slice(-1);
  const settings = await withTag(
    several.settingsOf([...(isTag ? base : []), { text, origin }], differing(entry)),
  );
  return {
    name,
    settings,
    environment: table?.env ?? {},
    expected: expectationOf(table),
    listed: origin.from === "file",
  };
}

const fromDirectory = ({ text, directory }: Named): string =>
  /^\.\.?(?:\/|$)/.test(text) ? `${directory}/${text}` : text;

const carriedKeys = [
  "memory",
  "smp",
  "append",
  "setup",
  "teardown",
  "user",
  "sudo",
  "timeout",
] as const satisfies readonly (SettingKey & keyof KernelTable)[];

/** The settings of a table besides its kernel, as a layer. */
function differing({ table, origin }: Named): Layer {
  const layer = new Map<SettingKey, Entry[]>();
  for (const key of carriedKeys) {
    const value = table?.[key];
    if (value === undefined) continue;
    const texts = typeof value === "object" ? value : [String(value)];
    layer.set(
      key,
      texts.map((text) => ({ text, origin: named(origin, key) })),
    );
  }
  return layer;
}

const named = (origin: Entry["origin"], key: SettingKey): Entry["origin"] =>
  origin.from === "file" ? { ...origin, key } : origin;

function expectationOf(table: KernelTable | undefined): Expectation {
  const expect = table?.expect ?? "pass";
  if (typeof expect === "object") return { kind: "status", status: expect.status };
  return expect === "skip" ? { kind: "skip", reason: table?.reason ?? "" } : { kind: expect };
}
