/** Escape sequences of a terminal (ECMA-48: CSI, OSC, and those of two bytes). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const escapes = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -~])/g;

/** Also what XML 1.0 cannot hold (section 2.2). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const controls = /[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]/g;

/** A text as one line without colours and control characters, at most `most` characters of it. */
export function plainLine(text: string, most: number): string {
  const plain = text
    .replace(escapes, "")
    .replace(/\s+/gu, " ")
    .replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, "\u{fffd}")
    .trim();
  const characters = [...plain];
  return characters.length <= most ? plain : `${characters.slice(0, most - 1).join("")}…`;
}

/**
 * A line that is no command for GitHub Actions, which takes "::" after blanks at the start of a line, and the older "##["
 * anywhere in it (actions/runner, src/Runner.Common/ActionCommand.cs: TryParseV2, TryParse).
 */
export const withoutCommands = (line: string): string =>
  line.replace(/^(\s*):(?=:)/u, "$1\u{fffd}").replaceAll("##[", "#\u{fffd}[");

/** The name of a cell in `most` characters: of a long one the end, where paths differ. Lines of a log begin with it. */
export function shownName(name: string, most: number): string {
  const characters = [...withoutCommands(plainLine(name, Number.POSITIVE_INFINITY))];
  return characters.length <= most
    ? characters.join("")
    : `…${characters.slice(1 - most).join("")}`;
}

/** A text without colours and without control characters but for newlines and tabs. */
export const plainText = (text: string): string =>
  text.replace(escapes, "").replaceAll("\r", "").replaceAll(controls, "\u{fffd}").toWellFormed();

const entities: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Text of XML 1.0, and of HTML, without the characters that XML cannot hold. */
export const escaped = (text: string): string =>
  plainText(text).replaceAll(/[&<>"]/g, (char) => entities[char] ?? char);
