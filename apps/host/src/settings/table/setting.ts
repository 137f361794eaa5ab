import type { HostLimits } from "../../host/machine-size.ts";
import { parseBoolean, parseChoice } from "../values.ts";

/** How the value of an option is written. */
export type OptionKind =
  /** Needs a value; the last one given counts. */
  | "text"
  /** Needs a value; each one given is added. */
  | "list"
  /** On by itself, or =true and =false. */
  | "switch"
  /** On by itself, or =NUMBER, =true and =false. */
  | "port";

/** What of the command line help an option is listed under. */
export type OptionGroup = "machine" | "command" | "run" | "kernels" | "vimto" | "prune";

export interface OptionEntry {
  readonly kind: OptionKind;
  /** Its name, where that is not the key. */
  readonly name?: string;
  /** What stands for the value in the help text. */
  readonly placeholder?: string;
  /** A value that a sentence about a missing one can show. */
  readonly example?: string;
  readonly help: string;
  /** What a shell offers for its value, where the settings file has no list of them. */
  readonly completes?: "kernel" | "file" | "directory" | "user";
}

/** What a value of the settings file may be. */
export type FileForm =
  | "text"
  | "text or number"
  | "list"
  | "switch"
  | "kernels"
  | readonly string[];

export interface FileEntry {
  readonly form: FileForm;
  /** What a sentence says of its type: "text in quotes". */
  readonly expected: string;
  /** What editors show. */
  readonly description: string;
  /** An empty text counts as no entry, as in the Go tool's own default file. */
  readonly emptyIsUnset?: boolean;
}

/** What `vimto config` and docs/configuration.md say. */
export interface GuideEntry {
  /** The text in the column for defaults, for a setting without a default. */
  readonly unset?: string;
  readonly what: string;
  /** The columns for option, variable and file, where they do not follow from the names. */
  readonly variable?: string;
  readonly file?: string;
}

/** What a parser gets besides the text. */
export type Around = { readonly host: HostLimits };

/** One setting: everything that vimto knows of it. */
export interface Setting {
  readonly group: "machine" | "command" | "run" | "kernels";
  readonly option?: OptionEntry;
  /** Whether VIMTO_KEY sets it. */
  readonly variable: boolean;
  readonly file?: FileEntry;
  /** The text that counts where no place has one. */
  readonly default?: string;
  /**
   * Which of several entries count: the last one; all, the file's first; or "distinct", all but with only the
   * last of equal texts.
   */
  readonly keeps: "last" | "all" | "distinct";
  /** Checks one text; `name` is what a sentence calls it. Throws UserError. */
  readonly parse: (text: string, name: string, around: Around) => unknown;
  readonly guide: GuideEntry;
}

export const text = (value: string): string => value;

/** One of these words. */
export const oneOf =
  <Choice extends string>(choices: readonly Choice[]) =>
  (value: string, name: string): Choice =>
    parseChoice(value, name, choices);

/** What a file may say of a switch. */
export const fileSwitch = (description: string): FileEntry => ({
  form: "switch",
  expected: "true or false",
  description,
});

export const onOrOff = (value: string, name: string): boolean => parseBoolean(value, name);
