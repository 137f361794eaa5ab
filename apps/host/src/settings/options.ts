import type { GuideEntry, OptionEntry, OptionGroup, OptionKind } from "./table/setting.ts";
import { type SettingKey, settingKeys, settingOf } from "./table/table.ts";

export type { OptionGroup, OptionKind };

/** An option of the command line. */
export interface Option extends OptionEntry {
  readonly name: string;
  readonly group: OptionGroup;
  /** The setting that the option writes; options without one steer vimto itself. */
  readonly key?: SettingKey;
  /** Its row in docs/configuration.md, for an option that is no setting. */
  readonly guide?: GuideEntry;
}

/** Options that are no settings: of vimto itself, and of `vimto cache prune`. */
const ownOptions: readonly Option[] = [
  {
    name: "config",
    kind: "text",
    group: "run",
    placeholder: "FILE",
    example: "ci/vimto.toml",
    help: "settings file instead of .vimto.toml, or none",
    completes: "file",
    guide: {
      variable: "`VIMTO_CONFIG`",
      unset: "`.vimto.toml`",
      what: "settings file, or `none`",
    },
  },
  {
    name: "version",
    kind: "switch",
    group: "vimto",
    help: "print the version",
    guide: { what: "print the version" },
  },
  {
    name: "help",
    kind: "switch",
    group: "vimto",
    help: "print this text",
    guide: { what: "print a summary" },
  },
  {
    name: "older-than",
    kind: "text",
    group: "prune",
    placeholder: "TIME",
    example: "14d",
    help: "remove what was not used for TIME",
  },
  {
    name: "max-size",
    kind: "text",
    group: "prune",
    placeholder: "SIZE",
    example: "10G",
    help: "then remove the least recently used above SIZE",
  },
];

/** Every option, in the order of the help text. */
export const options: readonly Option[] = [
  ...settingKeys.flatMap((key): Option[] => {
    const { option, group } = settingOf(key);
    return option === undefined ? [] : [{ name: key, ...option, group, key }];
  }),
  ...ownOptions,
];

const byName: ReadonlyMap<string, Option> = new Map(options.map((option) => [option.name, option]));

export const optionNamed = (name: string): Option | undefined => byName.get(name);

/** An option as it stood on the command line. */
export interface WrittenOption {
  readonly name: string;
  /** With the dashes as typed, without the value. */
  readonly spelling: string;
  /** The value as typed; "true" or "false" for a switch. */
  readonly text: string;
}
