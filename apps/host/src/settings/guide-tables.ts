import { options } from "./options.ts";
import { type SettingKey, settingKeys, settingOf, variableOf } from "./table/table.ts";

const head = "| option | variable | file | default | |\n|---|---|---|---|---|\n";
const code = (text: string | undefined) => (text === undefined ? "" : `\`${text}\``);

const groups = ["machine", "command", "run", "kernels"] as const;

/** The table of one group of settings, as docs/configuration.md has it. */
function guideTable(group: (typeof groups)[number]): string {
  const keys = settingKeys.filter((key) => settingOf(key).group === group);
  const own = group === "run" ? options.filter(({ guide }) => guide !== undefined) : [];
  return `${head}${keys.map(settingRow).join("")}${own.map(ownRow).join("")}`;
}

/** docs/configuration.md with its tables written anew: each stands below the heading of its group. */
export const withTables = (guide: string): string =>
  groups.reduce(
    (text, group) =>
      text.replace(
        new RegExp(`(\n## The ${group}\n\n)(?:\\|.*\n)*`),
        (_, heading) => `${heading}${guideTable(group)}`,
      ),
    guide,
  );

function settingRow(key: SettingKey): string {
  const setting = settingOf(key);
  const { guide } = setting;
  const option = options.find((candidate) => candidate.key === key);
  const value = setting.default === undefined ? guide.unset : code(JSON.stringify(setting.default));
  return row([
    code(option && usage(option)),
    guide.variable ?? code(variableOf(key)),
    guide.file ?? code(setting.file && key),
    value ?? "",
    guide.what,
  ]);
}

const ownRow = (option: (typeof options)[number]): string =>
  row([
    code(usage(option)),
    option.guide?.variable ?? "",
    "",
    option.guide?.unset ?? "",
    option.guide?.what ?? "",
  ]);

const row = (cells: readonly string[]): string =>
  `|${cells.map((cell) => (cell === "" ? " " : ` ${cell} `)).join("|")}|\n`;

/** An option as the help text shows it. */
export function usage({ name, kind, placeholder = "" }: (typeof options)[number]): string {
  if (kind === "switch") return `--${name}`;
  return kind === "port" ? `--${name}[=${placeholder}]` : `--${name} ${placeholder}`;
}
