import type { Builder } from "@vimto/asm";
import { DASH, type Span, setSpan, spanVariables, UNDERSCORE } from "./words.ts";

const code = (character: string) => character.charCodeAt(0);

/**
 * Matches texts with patterns as fnmatch(3) does, "*", "?" and "[a-z]" and "[!a]", but "-" is "_" outside
 * of brackets, as in aliases of modules. The function that is returned runs `then` for a match.
 */
export function makeGlob(p: Builder) {
  const pattern = spanVariables(p);
  const text = spanVariables(p);
  const matches = p.variable();
  const match = p.routine((leave) => {
    const wanted = p.variable();
    const byte = p.variable();
    const starPattern = p.variable();
    const starText = p.variable();
    p.set(starPattern, 0);
    p.set(matches, 0);
    p.loop((_, jumpBack) => {
      const advance = () => {
        p.math(pattern.start, pattern.start, "add", 1);
        p.math(text.start, text.start, "add", 1);
        jumpBack();
      };
      p.when(
        pattern.start,
        "==",
        pattern.end,
        () =>
          p.when(text.start, "==", text.end, () => {
            p.set(matches, 1);
            leave();
          }),
        () => {
          p.load(wanted, 1, pattern.start);
          p.when(wanted, "==", code("*"), () => {
            p.math(pattern.start, pattern.start, "add", 1);
            p.set(starPattern, pattern.start);
            p.set(starText, text.start);
            jumpBack();
          });
          p.when(text.start, "!=", text.end, () => {
            p.load(byte, 1, text.start);
            p.when(wanted, "==", code("?"), advance);
            p.when(
              wanted,
              "==",
              code("["),
              () => brackets(p, pattern, byte, advance),
              () => {
                for (const variable of [wanted, byte])
                  p.when(variable, "==", DASH, () => p.set(variable, UNDERSCORE));
                p.when(wanted, "==", byte, advance);
              },
            );
          });
        },
      );
      // Lets the last star take one more character.
      p.when(starPattern, "==", 0, leave);
      p.math(starText, starText, "add", 1);
      p.when(starText, ">", text.end, leave);
      p.set(text.start, starText);
      p.set(pattern.start, starPattern);
    });
  });
  return (a: Span, b: Span, then: () => void): void => {
    setSpan(p, pattern, a);
    setSpan(p, text, b);
    match();
    p.when(matches, "!=", 0, then);
  };
}

/** Runs `advance` with the pattern at the bracket's end if `byte` is one of those inside. */
function brackets(
  p: Builder,
  pattern: ReturnType<typeof spanVariables>,
  byte: ReturnType<Builder["variable"]>,
  advance: () => void,
): void {
  p.scope(() => {
    const at = p.variable(pattern.start);
    const low = p.variable();
    const high = p.variable();
    const next = p.variable();
    const inside = p.variable(0);
    const wanted = p.variable(1);
    const first = p.variable();
    p.math(at, at, "add", 1);
    p.load(low, 1, at);
    p.when(low, "==", code("!"), () => {
      p.set(wanted, 0);
      p.math(at, at, "add", 1);
    });
    p.set(first, at);
    p.loop((jumpOut, jumpBack) => {
      // A bracket that never ends matches nothing.
      p.when(at, ">=", pattern.end, () => {
        p.math(wanted, 1, "sub", inside);
        jumpOut();
      });
      p.load(low, 1, at);
      p.when(low, "==", code("]"), () => p.when(at, "!=", first, jumpOut));
      p.math(next, at, "add", 1);
      p.load(high, 1, next);
      p.when(high, "==", DASH, () => {
        p.math(next, at, "add", 2);
        p.load(high, 1, next);
        p.when(high, "!=", code("]"), () => {
          p.when(byte, ">=", low, () => p.when(byte, "<=", high, () => p.set(inside, 1)));
          p.math(at, at, "add", 3);
          jumpBack();
        });
      });
      p.when(byte, "==", low, () => p.set(inside, 1));
      p.math(at, at, "add", 1);
    });
    p.when(inside, "==", wanted, () => {
      p.set(pattern.start, at);
      advance();
    });
  });
}
