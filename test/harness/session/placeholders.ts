/**
 * What differs from run to run, as sessions write it. The rest is given by the runner of the session:
 * its paths, and the kernel.
 */
const variable = {
  /** Of a process, a goroutine. */
  pid: /[1-9][0-9]{0,6}/,
  /** How long something took. */
  seconds: /[0-9]{1,3}\.[0-9]{2,3}/,
  /** Since 1970. */
  time: /[1-9][0-9]{9}/,
  /** Eight hexadecimal digits. */
  hex: /[0-9a-f]{8}/,
  /** How many, and at least one. */
  count: /[1-9][0-9]{0,3}/,
  /** As `vimto cache` writes it. */
  size: /[1-9][0-9]* (?:KiB|MiB|GiB)/,
} as const satisfies Readonly<Record<string, RegExp>>;

/** A text, or a pattern, by name. */
export type Known = Readonly<Record<string, string | RegExp>>;

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");

/**
 * Compares lines with `<name>` in them. A placeholder stands for one and the same text throughout a
 * session; a digit makes another of the kind: <pid>, <pid2>.
 */
export class Placeholders {
  readonly #sources: ReadonlyMap<string, string>;
  readonly #bound = new Map<string, string>();

  constructor(known: Known) {
    this.#sources = new Map(
      Object.entries({ ...variable, ...known }).map(([name, value]) => [
        name,
        typeof value === "string" ? literal(value) : value.source,
      ]),
    );
  }

  /** Whether the line is as expected, going by what the placeholders stand for so far. */
  matches(expected: string, actual: string): boolean {
    return this.#match(expected, actual) !== null;
  }

  /** The same; when it is, new placeholders stand for what they stand for here. */
  accepts(expected: string, actual: string): boolean {
    const match = this.#match(expected, actual);
    for (const [name, text] of Object.entries(match?.groups ?? {})) this.#bound.set(name, text);
    return match !== null;
  }

  #match(expected: string, actual: string): RegExpExecArray | null {
    const seen = new Set<string>();
    const source = expected
      .split(/(<[a-z]+[2-9]?>)/)
      .map((part, index) => (index % 2 === 0 ? literal(part) : this.#source(part, seen)))
      .join("");
    return new RegExp(`^${source}$`).exec(actual);
  }

  #source(written: string, seen: Set<string>): string {
    const name = written.slice(1, -1);
    const source = this.#sources.get(name.replace(/[2-9]$/, ""));
    if (source === undefined) return literal(written);
    const bound = this.#bound.get(name);
    if (bound !== undefined) return literal(bound);
    if (seen.has(name)) return `\\k<${name}>`;
    seen.add(name);
    return `(?<${name}>${source})`;
  }
}
