import { commandSettings } from "./command.ts";
import { kernelsSettings } from "./kernels.ts";
import { machineSettings } from "./machine.ts";
import { runSettings } from "./run.ts";
import type { Around, FileEntry, Setting } from "./setting.ts";

/**
 * Every setting, in the order of `vimto config`. Options, variables, the settings file with its schema,
 * the help text, docs/configuration.md and docs/vimto.schema.json follow from this table.
 */
export const table = {
  ...machineSettings,
  ...commandSettings,
  ...runSettings,
  ...kernelsSettings,
} as const satisfies Readonly<Record<string, Setting>>;

/** What a setting is called in .vimto.toml, in `vimto config` and, in capitals, after VIMTO_. */
export type SettingKey = keyof typeof table;

/** What the text of a setting becomes. */
export type Parsed<Key extends SettingKey> = ReturnType<(typeof table)[Key]["parse"]>;

const entries = Object.entries(table) as readonly [SettingKey, Setting][];

export const settingKeys: readonly SettingKey[] = entries.map(([key]) => key);

export const settingOf = (key: SettingKey): Setting => table[key];

/** The value of a setting's text. Throws UserError; its sentence calls the text `name`. */
export const parsed = <Key extends SettingKey>(
  key: Key,
  text: string,
  name: string,
  around: Around,
): Parsed<Key> => settingOf(key).parse(text, name, around) as Parsed<Key>;

/** The settings that a file may hold. */
export type FileKey = {
  [Key in SettingKey]: (typeof table)[Key] extends { readonly file: FileEntry } ? Key : never;
}[SettingKey];

export const fileEntries = entries.flatMap(([key, { file }]) =>
  file === undefined ? [] : [[key as FileKey, file] as const],
);

/** The environment variable of a setting; undefined for one that no variable sets. */
export const variableOf = (key: SettingKey): string | undefined =>
  settingOf(key).variable ? `VIMTO_${key.toUpperCase().replaceAll("-", "_")}` : undefined;
