import { type Builder, at as inside, type Value, type Variable } from "@vimto/asm";
import type { Flags } from "./context.ts";
import { type SpanVariables, setSpan, spanVariables, type Words } from "./words.ts";
import type { Part, Writer } from "./writer.ts";

const MOST_NAMES = 4096;
const DASH = "-".charCodeAt(0);
const EQUALS = "=".charCodeAt(0);

const switches: Readonly<Record<string, readonly (keyof Flags)[]>> = {
  a: ["all"],
  all: ["all"],
  r: ["remove"],
  remove: ["remove"],
  q: ["quiet"],
  quiet: ["quiet"],
  n: ["dryRun"],
  "dry-run": ["dryRun"],
  show: ["dryRun"],
  v: ["verbose"],
  verbose: ["verbose"],
  b: ["useBlacklist"],
  "use-blacklist": ["useBlacklist"],
  i: ["ignoreCommands"],
  "ignore-install": ["ignoreCommands"],
  "ignore-remove": ["ignoreCommands"],
  "first-time": ["firstTime"],
  D: ["dryRun", "verbose", "showDependencies"],
  "show-depends": ["dryRun", "verbose", "showDependencies"],
  // Messages for syslog: nobody listens.
  s: [],
  syslog: [],
};
const values = {
  d: "root",
  dirname: "root",
  S: "release",
  "set-version": "release",
  C: "config",
  config: "config",
} as const;

const USAGE = `Usage: modprobe [-abDinqrsv] [--first-time] [-C FILE] [-d DIRECTORY] [-S RELEASE] MODULE [PARAMETER]...
       modprobe -a|-r [OPTION]... MODULE...
This is vimto's own modprobe, as this system has none; its options are those of modprobe(8).`;

export type Arguments = {
  readonly flags: Flags;
  /** Where argv's names and parameters are, as pointers. */
  readonly names: SpanVariables;
  /** Pointers to C strings; 0 for an argument that is not given. */
  readonly root: Variable;
  readonly release: Variable;
  readonly config: Variable;
  readonly environment: Variable;
};

/** Reads argv as modprobe(8) has it. A mistake ends the program with a message and status 1. */
export function readArguments(p: Builder, words: Words, writer: Writer): Arguments {
  const flags: Flags = {
    all: p.variable(),
    dryRun: p.variable(),
    firstTime: p.variable(),
    ignoreCommands: p.variable(),
    quiet: p.variable(),
    remove: p.variable(),
    showDependencies: p.variable(),
    useBlacklist: p.variable(),
    verbose: p.variable(),
  };
  const given = { root: p.variable(), release: p.variable(), config: p.variable() };
  const names = spanVariables(p);
  const environment = p.variable();
  const pointer = p.variable();
  const text = p.variable();
  const word = spanVariables(p);
  const byte = p.variable();
  const onlyNames = p.variable();
  const place = p.buffer(8 * MOST_NAMES);
  p.set(names.start, place);
  p.set(names.end, place);
  p.stack(pointer);
  p.math(pointer, pointer, "add", 8);

  const fail = (...parts: readonly Part[]) => {
    writer.line(2, "modprobe: ", ...parts);
    p.exit(1);
  };
  /** Sets `word` to the text at `start`, up to a NUL byte or the byte `end`. */
  const measure = (start: Value, end = 0) => {
    setSpan(p, word, { start, end: start });
    p.loop((jumpOut) => {
      p.load(byte, 1, word.end);
      p.when(byte, "==", 0, jumpOut);
      p.when(byte, "==", end, jumpOut);
      p.math(word.end, word.end, "add", 1);
    });
  };
  const next = () => {
    p.math(pointer, pointer, "add", 8);
    p.load(text, 8, pointer);
  };
  const turnOn = (names: readonly (keyof Flags)[]) => {
    for (const name of names) p.set(flags[name], 1);
  };
  const isLong = (name: string) => name.length > 1;
  const special = (isThese: (name: string, then: () => void) => void) => {
    for (const name of ["h", "help"])
      isThese(name, () => {
        writer.line(1, USAGE);
        p.exit(0);
      });
    for (const name of ["V", "version"])
      isThese(name, () => {
        writer.line(1, "vimto modprobe");
        p.exit(0);
      });
  };

  const long = p.routine((leave) => {
    p.math(text, text, "add", 2);
    measure(text, EQUALS);
    const is = (name: string, then: () => void) => {
      if (!isLong(name)) return;
      const start = p.text(name);
      words.whenSameName(word, { start, end: inside(start, name.length) }, () => {
        then();
        leave();
      });
    };
    for (const [name, turned] of Object.entries(switches)) is(name, () => turnOn(turned));
    for (const [name, to] of Object.entries(values))
      is(name, () => {
        p.load(byte, 1, word.end);
        p.when(
          byte,
          "==",
          EQUALS,
          () => p.math(given[to], word.end, "add", 1),
          () => {
            next();
            p.when(text, "==", 0, () => fail(`--${name} needs a value`));
            p.set(given[to], text);
          },
        );
      });
    special(is);
    fail("unrecognized option '--", { text }, "'; see modprobe -h");
  });
  const short = p.routine((leave) => {
    const letter = p.variable();
    p.loop((_, jumpBack) => {
      p.math(text, text, "add", 1);
      p.load(letter, 1, text);
      p.when(letter, "==", 0, leave);
      const is = (name: string, then: () => void) => {
        if (!isLong(name)) p.when(letter, "==", name.charCodeAt(0), then);
      };
      for (const [name, turned] of Object.entries(switches))
        is(name, () => {
          turnOn(turned);
          jumpBack();
        });
      for (const [name, to] of Object.entries(values))
        is(name, () => {
          p.math(text, text, "add", 1);
          p.load(byte, 1, text);
          p.when(byte, "==", 0, () => {
            next();
            p.when(text, "==", 0, () => fail(`-${name} needs a value`));
          });
          p.set(given[to], text);
          leave();
        });
      special(is);
      p.math(byte, text, "add", 1);
      fail("unrecognized option '-", { start: text, end: byte }, "'; see modprobe -h");
    });
  });

  p.loop((jumpOut, jumpBack) => {
    next();
    p.when(text, "==", 0, jumpOut);
    p.when(onlyNames, "==", 0, () => {
      p.load(byte, 2, text);
      p.when(byte, "==", DASH | (DASH << 8), () => {
        p.math(byte, text, "add", 2);
        p.load(byte, 1, byte);
        p.when(byte, "==", 0, () => p.set(onlyNames, 1), long);
        jumpBack();
      });
      p.when(byte, "!=", DASH, () => {
        p.math(byte, byte, "and", 255);
        p.when(byte, "==", DASH, () => {
          short();
          jumpBack();
        });
      });
    });
    p.math(byte, place, "add", 8 * MOST_NAMES);
    p.when(names.end, "==", byte, () => fail("there are too many arguments"));
    p.store(8, names.end, text);
    p.math(names.end, names.end, "add", 8);
  });
  p.math(environment, pointer, "add", 8);
  p.when(names.start, "==", names.end, () => fail("ERROR: missing parameters. See -h."));
  return { flags, names, ...given, environment };
}
