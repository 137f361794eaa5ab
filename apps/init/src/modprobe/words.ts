import type { Builder, Value, Variable } from "@vimto/asm";

/** Bytes of memory, from `start` up to `end`. */
export type Span = { readonly start: Value; readonly end: Value };
export type SpanVariables = { readonly start: Variable; readonly end: Variable };

export const spanVariables = (p: Builder): SpanVariables => ({
  start: p.variable(),
  end: p.variable(),
});

export function setSpan(p: Builder, to: SpanVariables, from: Span): void {
  p.set(to.start, from.start);
  p.set(to.end, from.end);
}

const NEWLINE = 0x0a;

const BLANK = 0x20;
const TAB = 0x09;
export const DASH = 0x2d;
export const UNDERSCORE = 0x5f;

/** The same byte in all eight of a word. */
const each = (byte: number) => BigInt(byte) * 0x0101_0101_0101_0101n;

/** Sentinel bytes behind each text, so that no search runs past its end. */
export const NEWLINES = each(NEWLINE);
export const PADDING = 8;

export type Words = ReturnType<typeof makeWords>;

/** Reads texts of lines and words, such as modprobe.d(5) and modules.dep. */
export function makeWords(p: Builder) {
  /** Where in the text the next word or line is looked for. */
  const at = p.variable();
  const word = spanVariables(p);
  const byte = p.variable();

  /** Moves `at` behind the end of its line; eight bytes at a time, as modules.alias has a million. */
  const skipLine = p.routine((leave) => {
    const eight = p.variable();
    const both = p.variable();
    p.loop((jumpOut) => {
      p.load(eight, 8, at);
      // Eight bytes that are 0 where the line ends: a | b less a & b is a xor b.
      p.math(both, eight, "and", each(NEWLINE));
      p.math(eight, eight, "or", each(NEWLINE));
      p.math(eight, eight, "sub", both);
      // A byte that is 0 borrows from its highest bit: (x - 0x01...) & ~x & 0x80...
      p.math(both, eight, "sub", each(1));
      p.math(eight, -1, "sub", eight);
      p.math(both, both, "and", eight);
      p.math(both, both, "and", each(0x80));
      p.when(both, "!=", 0, jumpOut);
      p.math(at, at, "add", 8);
    });
    p.loop(() => {
      p.load(byte, 1, at);
      p.math(at, at, "add", 1);
      p.when(byte, "==", NEWLINE, leave);
    });
  });

  /** The next word of the line at `at`, which moves behind it; an empty one where the line ends. */
  const nextWord = p.routine((leave) => {
    p.loop((jumpOut) => {
      p.load(byte, 1, at);
      p.when(byte, "!=", BLANK, () => p.when(byte, "!=", TAB, jumpOut));
      p.math(at, at, "add", 1);
    });
    p.set(word.start, at);
    p.loop(() => {
      p.set(word.end, at);
      p.load(byte, 1, at);
      p.when(byte, "<=", BLANK, leave);
      p.math(at, at, "add", 1);
    });
  });

  const first = spanVariables(p);
  const second = spanVariables(p);
  const same = p.variable();
  const compare = p.routine((leave) => {
    const other = p.variable();
    p.set(same, 0);
    p.loop(() => {
      p.when(first.start, "==", first.end, () => {
        p.when(second.start, "==", second.end, () => p.set(same, 1));
        leave();
      });
      p.when(second.start, "==", second.end, leave);
      p.load(byte, 1, first.start);
      p.load(other, 1, second.start);
      p.when(byte, "==", DASH, () => p.set(byte, UNDERSCORE));
      p.when(other, "==", DASH, () => p.set(other, UNDERSCORE));
      p.when(byte, "!=", other, leave);
      p.math(first.start, first.start, "add", 1);
      p.math(second.start, second.start, "add", 1);
    });
  });

  return {
    at,
    word,
    skipLine,
    nextWord,
    /** Runs `then` if both spell one name: "-" is "_" in names of modules. */
    whenSameName(a: Span, b: Span, then: () => void, otherwise?: () => void): void {
      setSpan(p, first, a);
      setSpan(p, second, b);
      compare();
      p.when(same, "!=", 0, then, otherwise);
    },
    /** Runs `body` for each line of `text` that begins with `keyword`; `at` is behind that. */
    forLines(text: Span, keyword: string, body: (stop: () => void) => void): void {
      p.scope(() => {
        const line = p.variable(text.start);
        const head = p.variable();
        const bytes = new TextEncoder().encode(keyword);
        p.loop((stop, jumpBack) => {
          p.when(line, ">=", text.end, stop);
          p.load(head, 1, line);
          for (const blank of [BLANK, TAB])
            p.when(head, "==", blank, () => {
              p.math(line, line, "add", 1);
              jumpBack();
            });
          p.set(at, line);
          const next = () => {
            p.set(at, line);
            skipLine();
            p.set(line, at);
            jumpBack();
          };
          for (let from = 0; from < bytes.length; from += PADDING) {
            const part = bytes.subarray(from, from + PADDING);
            const wanted = part.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
            p.math(at, line, "add", from);
            p.load(head, 8, at);
            p.math(head, head, "and", (1n << BigInt(8 * part.length)) - 1n);
            p.when(head, "!=", wanted, next);
          }
          p.math(at, line, "add", bytes.length);
          p.load(head, 1, at);
          p.when(head, ">", BLANK, next);
          body(stop);
          next();
        });
      });
    },
  };
}
