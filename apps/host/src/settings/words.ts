import { quoted, UserError } from "./user-error.ts";

/**
 * Splits a command as a POSIX shell splits words: blanks, 'single' and "double" quotes, backslashes
 * (Shell Command Language, section 2.2). Nothing is expanded, and operators such as | or && are
 * plain text, as in the Go tool's setup commands.
 *
 * @param name what a sentence calls the text
 * @throws UserError bad-value for an open quote or a backslash at the end
 */
export function shellSplit(text: string, name: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  for (let at = 0; at < text.length; ) {
    const char = text[at++] ?? "";
    if (/[ \t\n]/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === "'" || char === '"') {
      const end = closing(text, at, char);
      if (end < 0) throw unclosed(name, text, char === "'" ? "a single quote" : "a double quote");
      const inner = text.slice(at, end);
      // Inside double quotes a backslash is itself, except before $ ` " \ and newline.
      word = (word ?? "") + (char === "'" ? inner : inner.replace(/\\([$`"\\])|\\\n/g, "$1"));
      at = end + 1;
    } else if (char === "\\") {
      const next = text[at++];
      if (next === undefined) throw unclosed(name, text, "a backslash");
      if (next !== "\n") word = (word ?? "") + next;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

function closing(text: string, from: number, quote: "'" | '"'): number {
  for (let at = from; at < text.length; at++) {
    if (text[at] === quote) return at;
    if (quote === '"' && text[at] === "\\") at++;
  }
  return -1;
}

const unclosed = (name: string, text: string, what: string): UserError =>
  new UserError("bad-value", `${name} ${quoted(text)} ends inside ${what}; close it or quote it`);

/** Words as one line that a POSIX shell splits into the same words. */
export const shellJoin = (words: readonly string[]): string => words.map(shellQuote).join(" ");

export const shellQuote = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
