import { at as inside, type Value } from "@vimto/asm";
import type { Command } from "./command.ts";
import { type Context, complain } from "./context.ts";
import { makeInsert, type State } from "./insert.ts";
import { type Span, setSpan, spanVariables } from "./words.ts";

/** The work to do is on a stack, each entry a kind, two words and flags. */
const ENTRY = 32;
const MOST = 4096;
/** An alias to resolve, a module by its name, one by its file, a file to load, the rest of a `softdep`. */
const KIND = { alias: 1, name: 2, file: 3, load: 4, soft: 5 } as const;
/** The module that was asked for; a module that may fail to load; a module from an alias. */
const FLAG = { target: 1, optional: 2, byAlias: 4, post: 8, isPost: 16 } as const;

/**
 * Loads the modules that an alias or a name stands for, with their dependencies, in the order of kmod: files
 * that modules.dep names, soft dependencies "pre", the module, and soft dependencies "post". The failure of a
 * needed module ends it.
 */
export function makeLoad(context: Context, state: State, command: Command) {
  const { p, words, lookup, flags, config } = context;
  const insert = makeInsert(context, state, command);
  const stack = p.buffer(ENTRY * MOST);
  const top = p.variable();
  const kind = p.variable();
  const a = p.variable();
  const b = p.variable();
  const flag = p.variable();
  const span = { start: a, end: b };
  const bits = p.variable();

  const pushed = { kind: p.variable(), span: spanVariables(p), flag: p.variable() };
  const store = p.routine((leave) => {
    p.math(bits, stack, "add", ENTRY * MOST);
    p.when(top, "==", bits, leave);
    for (const value of [pushed.kind, pushed.span.start, pushed.span.end, pushed.flag]) {
      p.store(8, top, value);
      p.math(top, top, "add", 8);
    }
  });
  const push = (what: keyof typeof KIND, value: Span, flagOf: Value) => {
    p.set(pushed.kind, KIND[what]);
    setSpan(p, pushed.span, value);
    p.set(pushed.flag, flagOf);
    store();
  };
  const has = (which: number, then: () => void, otherwise?: () => void) => {
    p.math(bits, flag, "and", which);
    p.when(bits, "!=", 0, then, otherwise);
  };

  const seen = p.buffer(16 * MOST);
  const seenEnd = p.variable();
  const name = spanVariables(p);
  const isNew = p.variable();
  /** Notes that the module `name` has been looked at. */
  const note = p.routine((leave) => {
    const place = p.variable();
    const other = spanVariables(p);
    p.set(isNew, 0);
    p.set(place, seen);
    p.loop((jumpOut) => {
      p.when(place, "==", seenEnd, jumpOut);
      p.load(other.start, 8, place);
      p.math(place, place, "add", 8);
      p.load(other.end, 8, place);
      p.math(place, place, "add", 8);
      words.whenSameName(name, other, leave);
    });
    p.math(bits, seen, "add", 16 * MOST);
    p.when(place, "==", bits, leave);
    p.store(8, place, name.start);
    p.math(place, place, "add", 8);
    p.store(8, place, name.end);
    p.math(seenEnd, place, "add", 8);
    p.set(isNew, 1);
  });
  const file = spanVariables(p);
  const softFlag = p.variable();
  const pushSofts = p.routine(() =>
    words.forLines(config, "softdep", () => {
      words.nextWord();
      words.whenSameName(words.word, name, () =>
        push("soft", { start: words.at, end: 0 }, softFlag),
      );
    }),
  );
  /** The file, between the modules to load before it and after it. */
  const pushFile = p.routine(() => {
    p.set(softFlag, FLAG.optional | FLAG.post);
    pushSofts();
    push("load", file, flag);
    p.set(softFlag, FLAG.optional);
    pushSofts();
  });

  const builtin = (leave: () => void) => {
    p.when(flags.showDependencies, "!=", 0, () => context.writer.line(1, "builtin ", name));
    leave();
  };
  const load = p.routine((leave) => {
    const index = p.variable();
    const cursor = p.variable();
    const isPost = p.variable();
    p.loop((_, jumpBack) => {
      p.when(top, "==", stack, leave);
      p.math(top, top, "sub", ENTRY);
      for (const [offset, to] of [kind, a, b, flag].entries()) {
        p.math(bits, top, "add", 8 * offset);
        p.load(to, 8, bits);
      }
      p.when(kind, "==", KIND.alias, () => {
        lookup.resolve(span);
        p.when(lookup.byAlias, "!=", 0, () => p.math(flag, flag, "or", FLAG.byAlias));
        p.set(index, lookup.count);
        p.when(index, "==", 0, () => has(FLAG.optional, jumpBack, unknown));
        p.loop((jumpOut) => {
          p.when(index, "==", 0, jumpOut);
          p.math(index, index, "sub", 1);
          lookup.entry(name, index);
          push("name", name, flag);
        });
        jumpBack();
      });
      p.when(kind, "==", KIND.name, () => {
        setSpan(p, name, span);
        p.when(flags.useBlacklist, "!=", 0, () => p.math(flag, flag, "or", FLAG.byAlias));
        has(FLAG.byAlias, () =>
          words.forLines(config, "blacklist", () => {
            words.nextWord();
            words.whenSameName(words.word, name, jumpBack);
          }),
        );
        lookup.whenModule(
          name,
          () => {
            p.set(cursor, words.at);
            setSpan(p, file, lookup.path);
          },
          () => has(FLAG.optional, jumpBack, unknown),
        );
        note();
        p.when(isNew, "==", 0, jumpBack);
        pushFile();
        p.math(flag, flag, "and", FLAG.optional);
        p.set(words.at, cursor);
        p.loop((jumpOut) => {
          words.nextWord();
          p.when(words.word.start, "==", words.word.end, jumpOut);
          push("file", words.word, flag);
        });
        jumpBack();
      });
      p.when(kind, "==", KIND.file, () => {
        setSpan(p, file, span);
        lookup.nameOf(name, file);
        note();
        p.when(isNew, "!=", 0, pushFile);
        jumpBack();
      });
      p.when(kind, "==", KIND.soft, () => {
        p.set(words.at, a);
        words.nextWord();
        p.when(words.word.start, "==", words.word.end, jumpBack);
        const section = (title: string, becomes: () => void) => {
          const start = p.text(title);
          words.whenSameName(words.word, { start, end: inside(start, title.length) }, () => {
            becomes();
            push("soft", { start: words.at, end: 0 }, flag);
            jumpBack();
          });
        };
        section("pre:", () => p.math(flag, flag, "and", FLAG.optional | FLAG.post));
        section("post:", () => p.math(flag, flag, "or", FLAG.isPost));
        push("soft", { start: words.at, end: 0 }, flag);
        p.math(isPost, flag, "and", FLAG.isPost);
        p.math(bits, flag, "and", FLAG.post);
        p.math(bits, bits, "mul", FLAG.isPost / FLAG.post);
        p.when(bits, "==", isPost, () => push("alias", words.word, FLAG.optional));
        jumpBack();
      });
      p.math(insert.isTarget, flag, "and", FLAG.target);
      p.math(insert.isOptional, flag, "and", FLAG.optional);
      insert.insert(span);
      p.when(insert.failed, "!=", 0, () =>
        has(FLAG.optional, jumpBack, () => {
          p.set(context.status, 1);
          p.set(top, stack);
        }),
      );
    });

    /** No module has this name: it may be part of the kernel. */
    function unknown(): void {
      setSpan(p, name, span);
      state.look(name);
      p.when(state.isLoaded, "!=", 0, leave);
      p.when(state.isBuiltin, "!=", 0, () => builtin(leave));
      lookup.whenBuiltin(name, () => builtin(leave));
      notFound(context, name);
      leave();
    }
  });
  return (alias: Span): void => {
    p.set(top, stack);
    p.when(seenEnd, "==", 0, () => p.set(seenEnd, seen));
    push("alias", alias, FLAG.target);
    load();
  };
}

export function notFound(context: Context, name: Span): void {
  const { p, flags, directory } = context;
  const parts = [" not found in directory ", { text: directory }] as const;
  p.when(
    flags.all,
    "!=",
    0,
    () => complain(context, "WARNING: Module ", name, ...parts),
    () => complain(context, "FATAL: Module ", name, ...parts),
  );
}
