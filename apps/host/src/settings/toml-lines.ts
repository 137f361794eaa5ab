/** Where a top-level key, or a [table], of a TOML document is written. */
export interface KeyLine {
  readonly key: string;
  /** Counted from 1. */
  readonly line: number;
  /** The value's first line as written, without a comment; empty for a table. */
  readonly value: string;
}

/**
 * Finds the lines of the top-level keys of a document that a TOML parser has accepted, in order. The
 * parsers for JavaScript keep no positions of keys, and an error has to name a line.
 */
export function locateKeys(toml: string): KeyLine[] {
  const found: KeyLine[] = [];
  let at = 0;
  let inTable = false;
  while (at < toml.length) {
    at = skip(toml, at, /[\s]/y);
    const start = at;
    if (toml[at] === "[") {
      inTable = true;
      at = skip(toml, at, /[[\s]/y);
      found.push({ key: readKey(toml, at), line: lineOf(toml, start), value: "" });
    } else if (at < toml.length && toml[at] !== "#") {
      const key = readKey(toml, at);
      const valueAt = skip(toml, endOf(toml, at, "=") + 1, /[ \t]/y);
      at = endOf(toml, valueAt, "\n");
      const [firstLine = ""] = toml.slice(valueAt, at).split("\n");
      if (!inTable) found.push({ key, line: lineOf(toml, start), value: firstLine.trimEnd() });
    }
    at = nextLine(toml, at);
  }
  return found;
}

const lineOf = (toml: string, at: number): number => toml.slice(0, at).split("\n").length;

function skip(toml: string, at: number, pattern: RegExp): number {
  for (;;) {
    pattern.lastIndex = at;
    if (!pattern.test(toml)) return at;
    at++;
  }
}

/** The first part of a bare, quoted or dotted key. */
function readKey(toml: string, at: number): string {
  const quote = toml[at];
  if (quote !== '"' && quote !== "'") return /^[\w-]*/.exec(toml.slice(at))?.[0] ?? "";
  const written = toml.slice(at, endOfString(toml, at));
  if (quote === "'") return written.slice(1, -1);
  // TOML 1.0's escapes are JSON's, except \U with eight digits and \e, which no known key needs.
  try {
    return String(JSON.parse(written));
  } catch {
    return written.slice(1, -1);
  }
}

/** The first place of a character that stands outside of strings, brackets and comments. */
function endOf(toml: string, from: number, wanted: "=" | "\n"): number {
  let depth = 0;
  let at = from;
  while (at < toml.length) {
    const char = toml[at] ?? "";
    if (depth === 0 && char === wanted) return at;
    if (char === '"' || char === "'") {
      at = endOfString(toml, at);
      continue;
    }
    if (char === "#") {
      if (depth === 0) return at;
      at = lineEnd(toml, at);
      continue;
    }
    if (char === "[" || char === "{") depth++;
    if (char === "]" || char === "}") depth--;
    at++;
  }
  return at;
}

/** The place after a string that starts here, of any of TOML's four kinds. */
function endOfString(toml: string, at: number): number {
  const quote = toml[at] ?? "";
  const long = toml.startsWith(quote.repeat(3), at);
  const close = long ? quote.repeat(3) : quote;
  let end = at + close.length;
  while (end < toml.length && !toml.startsWith(close, end)) {
    end += quote === '"' && toml[end] === "\\" ? 2 : 1;
  }
  end += close.length;
  // A long string may end in up to two quotes of its own before the closing three.
  while (long && toml[end] === quote) end++;
  return end;
}

function lineEnd(toml: string, at: number): number {
  const end = toml.indexOf("\n", at);
  return end < 0 ? toml.length : end;
}

const nextLine = (toml: string, at: number): number => lineEnd(toml, at) + 1;
