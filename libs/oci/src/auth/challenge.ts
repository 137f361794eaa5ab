/** One challenge of a WWW-Authenticate header: the scheme in lower case, parameter names too. */
export type Challenge = {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
};

const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;

/**
 * Reads a WWW-Authenticate header, which may hold several challenges, each with parameters in any
 * order, quoted or not (RFC 9110, sections 11.2 and 11.6.1). What cannot be read ends the list: the
 * challenges in front of it still count.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  const reader = new Reader(header);
  for (;;) {
    reader.skip(", \t");
    const scheme = reader.token();
    if (scheme === undefined) return challenges;
    const parameters: Record<string, string> = {};
    challenges.push({ scheme: scheme.toLowerCase(), parameters });
    readParameters(reader, parameters);
  }
}

function readParameters(reader: Reader, parameters: Record<string, string>): void {
  for (;;) {
    const start = reader.at;
    reader.skip(", \t");
    const name = reader.token();
    reader.skip(" \t");
    if (name === undefined || !reader.take("=")) {
      reader.at = start; // a scheme: the next challenge begins here
      return;
    }
    reader.skip(" \t");
    const value = reader.quoted() ?? reader.token();
    if (value === undefined) return;
    parameters[name.toLowerCase()] ??= value;
  }
}

class Reader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  skip(characters: string): void {
    while (this.at < this.#text.length && characters.includes(this.#text.charAt(this.at)))
      this.at++;
  }

  take(character: string): boolean {
    if (this.#text.charAt(this.at) !== character) return false;
    this.at++;
    return true;
  }

  token(): string | undefined {
    TOKEN.lastIndex = this.at;
    const found = TOKEN.exec(this.#text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  quoted(): string | undefined {
    if (this.#text.charAt(this.at) !== '"') return undefined;
    let value = "";
    for (let at = this.at + 1; at < this.#text.length; at++) {
      const character = this.#text.charAt(at);
      if (character === '"') {
        this.at = at + 1;
        return value;
      }
      value += character === "\\" ? this.#text.charAt(++at) : character;
    }
    return undefined;
  }
}
