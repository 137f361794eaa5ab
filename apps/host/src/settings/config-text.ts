import { type Entry, originText } from "./origin.ts";
import type { Settings } from "./settings.ts";
import { type SettingKey, settingKeys, settingOf } from "./table/table.ts";
import { shownPath } from "./user-error.ts";

/**
 * What `vimto config` prints: a settings file that says the same, with the place of each value behind
 * it. Settings that nothing set, and those that only an option can set, are comments.
 */
export function configText(settings: Settings): string {
  const absent = settings.fileNamed
    ? "# no settings file is read, as --config or VIMTO_CONFIG says"
    : "# no settings file here or in the git root";
  const file =
    settings.file === undefined ? absent : `# settings file: ${shownPath(settings.file)}`;
  const rows = settingKeys.flatMap((key) => rowsOf(key, settings.written.get(key) ?? []));
  const width = Math.min(40, Math.max(...rows.map(([left]) => left.length)));
  const lines = rows.map(([left, right]) =>
    right === "" ? left : `${left.padEnd(width)}  # ${right}`,
  );
  return `${file}\n${lines.join("\n")}\n`;
}

type Row = readonly [left: string, right: string];

function rowsOf(key: SettingKey, entries: readonly Entry[]): Row[] {
  if (entries.length === 0) return [[`# ${key}`, "not set"]];
  const { file } = settingOf(key);
  if (file?.form === "list" || file?.form === "kernels") {
    return [
      [`${key} = [`, ""],
      ...entries.map(
        ({ text, table, origin }): Row => [`  ${tomlValue(table ?? text)},`, originText(origin)],
      ),
      ["]", ""],
    ];
  }
  return entries.map(({ text, origin }) => {
    const isBare = file === undefined || file.form === "switch";
    const value = isBare ? text : tomlText(text);
    return [`${file === undefined ? "# " : ""}${key} = ${value}`, originText(origin)];
  });
}

/** A value on one line. */
function tomlValue(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(tomlValue).join(", ")}]`;
  if (typeof value !== "object" || value === null)
    return typeof value === "string" ? tomlText(value) : String(value);
  const pairs = Object.entries(value).map(
    ([key, one]) => `${/^[\w-]+$/.test(key) ? key : tomlText(key)} = ${tomlValue(one)}`,
  );
  return `{ ${pairs.join(", ")} }`;
}

/** A basic string of TOML: JSON's escapes are valid there, but DEL has to be escaped as well. */
const tomlText = (text: string): string => JSON.stringify(text).replaceAll("\x7f", "\\u007f");
