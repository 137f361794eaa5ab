import type { Around, Setting } from "./setting.ts";
import { type Parsed, type SettingKey, table } from "./table.ts";

/** The value of a setting's text. Throws UserError; its sentence calls the text `name`. */
export function parsed<Key extends SettingKey>(
  key: Key,
  text: string,
  name: string,
  around: Around,
): Parsed<Key> {
  const { parse }: Pick<Setting, "parse"> = table[key];
  return parse(text, name, around) as Parsed<Key>;
}
