import { EAGAIN, EPERM, O_NONBLOCK } from "@vimto/linux";
import type { Command } from "./command.ts";
import { type Context, complain } from "./context.ts";
import type { State } from "./insert.ts";
import { notFound } from "./load.ts";
import { DASH, type Span, setSpan, spanVariables, UNDERSCORE } from "./words.ts";

/** Removes the modules that an alias or a name stands for, and then dependencies that nothing else needs. */
export function makeRemove(context: Context, state: State, command: Command) {
  const { p, words, writer, lookup, flags, config } = context;
  const name = spanVariables(p);
  const result = p.variable();
  const failed = p.variable();

  const remove = p.routine(() => {
    writer.begin();
    writer.put(name);
    writer.replace(DASH, UNDERSCORE);
    // Without the flag the kernel would wait for the module's users.
    p.syscallTo(result, "delete_module", writer.end(), O_NONBLOCK);
  });
  const removeTarget = p.routine((leave) => {
    p.set(failed, 1);
    state.look(name);
    p.when(state.isBuiltin, "!=", 0, () => {
      complain(context, "FATAL: Module ", name, " is builtin.");
      leave();
    });
    p.when(state.isLoaded, "==", 0, () => {
      p.when(flags.firstTime, "!=", 0, () =>
        complain(context, "FATAL: Module ", name, " is not in kernel."),
      );
      leave();
    });
    p.when(flags.ignoreCommands, "==", 0, () =>
      words.forLines(config, "remove", () => {
        words.nextWord();
        words.whenSameName(words.word, name, () => {
          command.run(result, name);
          leave();
        });
      }),
    );
    p.when(flags.verbose, "!=", 0, () => writer.line(1, "rmmod ", name));
    p.when(flags.dryRun, "!=", 0, leave);
    remove();
    p.when(result, ">=", 0, () => {
      p.set(failed, 0);
      leave();
    });
    p.when(result, "==", -EAGAIN, () => {
      complain(context, "FATAL: Module ", name, " is in use.");
      leave();
    });
    p.when(result, "==", -EPERM, () => {
      complain(context, "ERROR: could not remove '", name, "': Operation not permitted");
      leave();
    });
    p.math(result, 0, "sub", result);
    complain(context, "ERROR: could not remove '", name, "': error ", { number: result });
  });
  /** The kernel refuses a module that is in use. */
  const removeNeeded = p.routine((leave) => {
    const cursor = p.variable();
    lookup.whenModule(
      name,
      () => p.set(cursor, words.at),
      () => leave(),
    );
    p.loop(() => {
      p.set(words.at, cursor);
      words.nextWord();
      p.when(words.word.start, "==", words.word.end, leave);
      p.set(cursor, words.at);
      lookup.nameOf(name, words.word);
      state.look(name);
      p.when(state.isLoaded, "!=", 0, remove);
    });
  });
  const removeModule = () => {
    removeTarget();
    p.when(failed, "==", 0, removeNeeded);
  };

  return (alias: Span): void => {
    lookup.resolve(alias);
    p.when(
      lookup.count,
      "==",
      0,
      () => {
        setSpan(p, name, alias);
        state.look(name);
        p.math(result, state.isLoaded, "or", state.isBuiltin);
        p.when(result, "!=", 0, removeModule, () => notFound(context, name));
      },
      () =>
        p.scope(() => {
          const index = p.variable(0);
          p.loop((jumpOut) => {
            p.when(index, "==", lookup.count, jumpOut);
            lookup.entry(name, index);
            removeModule();
            p.math(index, index, "add", 1);
          });
        }),
    );
  };
}
