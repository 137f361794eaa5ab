import type { Builder, Value } from "@vimto/asm";
import type { Files } from "./files.ts";
import { makeGlob } from "./glob.ts";
import { type Span, setSpan, spanVariables, type Words } from "./words.ts";
import type { Writer } from "./writer.ts";

/** An alias may stand for several modules. */
const MOST_FOUND = 64;
const ENTRY = 16;
const NEWLINE = 0x0a;
const COLON = ":".charCodeAt(0);
const SLASH = "/".charCodeAt(0);
const DOT = ".".charCodeAt(0);

export type Lookup = ReturnType<typeof makeLookup>;

/** `directory` has the modules; a C string. */
export function makeLookup(
  p: Builder,
  {
    words,
    files,
    writer,
    directory,
    config,
  }: {
    readonly words: Words;
    readonly files: Files;
    readonly writer: Writer;
    readonly directory: Value;
    readonly config: Span;
  },
) {
  const { at, word } = words;
  const matches = makeGlob(p);

  /** An index of depmod(8), read on demand. */
  const index = (file: string) => {
    const text = spanVariables(p);
    const isRead = p.variable();
    const read = p.routine(() => {
      p.when(isRead, "==", 0, () => files.read(text, writer.text({ text: directory }, "/", file)));
      p.set(isRead, 1);
    });
    return { text, read };
  };
  const dep = index("modules.dep");
  const builtin = index("modules.builtin");
  const aliases = [index("modules.symbols"), index("modules.alias")];

  const wanted = spanVariables(p);
  const path = spanVariables(p);
  const name = spanVariables(p);
  const isThere = p.variable();
  const list = spanVariables(p);
  /** The name of the module whose file is `path`. */
  const nameOfPath = p.routine((leave) => {
    const byte = p.variable();
    const place = p.variable();
    p.set(place, path.start);
    p.set(name.start, path.start);
    p.set(name.end, path.end);
    p.loop(() => {
      p.when(place, ">=", path.end, leave);
      p.load(byte, 1, place);
      p.math(place, place, "add", 1);
      p.when(byte, "==", SLASH, () => {
        p.set(name.start, place);
        p.set(name.end, path.end);
      });
      p.when(byte, "==", DOT, () =>
        p.when(name.end, "==", path.end, () => p.math(name.end, place, "sub", 1)),
      );
    });
  });
  /** Looks for the module `wanted` in a list of files; `path` is its file, and `at` moves behind it. */
  const search = p.routine((leave) => {
    const line = p.variable();
    const byte = p.variable();
    p.set(isThere, 0);
    p.set(line, list.start);
    p.loop((_, jumpBack) => {
      p.when(line, ">=", list.end, leave);
      p.set(path.start, line);
      p.set(path.end, line);
      p.loop((jumpOut) => {
        p.load(byte, 1, path.end);
        for (const end of [COLON, NEWLINE]) p.when(byte, "==", end, jumpOut);
        p.math(path.end, path.end, "add", 1);
      });
      nameOfPath();
      words.whenSameName(name, wanted, () => {
        p.set(isThere, 1);
        p.math(at, path.end, "add", 1);
        leave();
      });
      p.set(at, path.end);
      words.skipLine();
      p.set(line, at);
      jumpBack();
    });
  });

  const found = p.buffer(ENTRY * MOST_FOUND);
  const count = p.variable();
  const byAlias = p.variable();
  const target = spanVariables(p);
  const add = p.routine((leave) => {
    const entry = p.variable();
    const end = p.variable();
    const other = spanVariables(p);
    p.math(end, count, "mul", ENTRY);
    p.math(end, end, "add", found);
    p.set(entry, found);
    p.loop((jumpOut) => {
      p.when(entry, "==", end, jumpOut);
      p.load(other.start, 8, entry);
      p.math(entry, entry, "add", 8);
      p.load(other.end, 8, entry);
      words.whenSameName(word, other, leave);
      p.math(entry, entry, "add", 8);
    });
    p.when(count, "==", MOST_FOUND, leave);
    p.store(8, entry, word.start);
    p.math(entry, entry, "add", 8);
    p.store(8, entry, word.end);
    p.math(count, count, "add", 1);
  });
  const addAliases = (text: Span) =>
    words.forLines(text, "alias", () => {
      words.nextWord();
      matches(word, target, () => {
        words.nextWord();
        add();
      });
    });
  /** In the order of kmod: settings, names of modules, then what the index knows (libkmod-module.c). */
  const resolve = p.routine((leave) => {
    p.set(count, 0);
    p.set(byAlias, 1);
    addAliases(config);
    p.when(count, "!=", 0, leave);
    dep.read();
    setSpan(p, wanted, target);
    setSpan(p, list, dep.text);
    search();
    p.when(isThere, "!=", 0, () => {
      p.set(byAlias, 0);
      setSpan(p, word, target);
      add();
      leave();
    });
    for (const { text, read } of aliases) {
      read();
      addAliases(text);
      p.when(count, "!=", 0, leave);
    }
  });

  const searchIn = (texts: ReturnType<typeof index>, module: Span) => {
    texts.read();
    setSpan(p, wanted, module);
    setSpan(p, list, texts.text);
    search();
  };
  return {
    path,
    byAlias,
    count,
    /** The modules that a name or an alias stands for: `count` of them, `entry(i)` each. */
    resolve(alias: Span): void {
      setSpan(p, target, alias);
      resolve();
    },
    /** Sets `to` to found module number `place`, from 0. */
    entry(to: ReturnType<typeof spanVariables>, place: Value): void {
      p.math(to.end, place, "mul", ENTRY);
      p.math(to.end, to.end, "add", found);
      p.load(to.start, 8, to.end);
      p.math(to.end, to.end, "add", 8);
      p.load(to.end, 8, to.end);
    },
    /** Runs `then` with `path` as the module's file, and `words.at` at the files that it depends on. */
    whenModule(module: Span, then: () => void, otherwise?: () => void): void {
      searchIn(dep, module);
      p.when(isThere, "!=", 0, then, otherwise);
    },
    whenBuiltin(module: Span, then: () => void): void {
      searchIn(builtin, module);
      p.when(isThere, "!=", 0, then);
    },
    /** The name of the module in a file. */
    nameOf(to: ReturnType<typeof spanVariables>, file: Span): void {
      setSpan(p, path, file);
      nameOfPath();
      setSpan(p, to, name);
    },
  };
}
