import {
  AT_FDCWD,
  EBUSY,
  EEXIST,
  EINVAL,
  EKEYREJECTED,
  ENODEV,
  ENOENT,
  ENOEXEC,
  ENOMEM,
  EOPNOTSUPP,
  EPERM,
  O_CLOEXEC,
  O_RDONLY,
} from "@vimto/linux";
import type { Command } from "./command.ts";
import { type Context, complain } from "./context.ts";
import { DASH, type Span, setSpan, spanVariables, UNDERSCORE } from "./words.ts";

/** Of finit_module(2), since Linux 5.17: the kernel decompresses the file. */
const MODULE_INIT_COMPRESSED_FILE = 4;
/** "live" as a number, its first byte lowest: what `initstate` of a module in use says. */
const LIVE = 0x6576_696c;
const SLASH = "/".charCodeAt(0);

/** As strerror(3) has them, but ENOENT, as kmod has it. */
const reasons = new Map([
  [EPERM, "Operation not permitted"],
  [ENOENT, "Unknown symbol in module, or unknown parameter (see dmesg)"],
  [EEXIST, "Module already in kernel"],
  [ENOEXEC, "Exec format error"],
  [ENODEV, "No such device"],
  [ENOMEM, "Cannot allocate memory"],
  [EBUSY, "Device or resource busy"],
  [EINVAL, "Invalid argument"],
  [EKEYREJECTED, "Key was rejected by service"],
  [EOPNOTSUPP, "The file is compressed, and this kernel cannot decompress it"],
]);

export type State = ReturnType<typeof makeState>;

/** Tells by sysfs whether a module is in the kernel, loaded or built in. */
export function makeState({ p, writer }: Context) {
  const name = spanVariables(p);
  const isLoaded = p.variable();
  const isBuiltin = p.variable();
  const look = p.routine((leave) => {
    const file = p.variable();
    const text = p.buffer(8);
    const result = p.variable();
    const path = (after: string) => {
      writer.begin();
      writer.put("/sys/module/", name);
      writer.replace(DASH, UNDERSCORE);
      writer.put(after);
      return writer.end();
    };
    p.set(isLoaded, 0);
    p.set(isBuiltin, 0);
    p.syscallTo(file, "openat", AT_FDCWD, path("/initstate"), O_RDONLY | O_CLOEXEC, 0);
    p.when(file, ">=", 0, () => {
      p.store(8, text, 0);
      p.syscall("read", file, text, 4);
      p.syscall("close", file);
      p.load(result, 8, text);
      p.when(result, "==", LIVE, () => p.set(isLoaded, 1));
      leave();
    });
    p.syscallTo(result, "faccessat", AT_FDCWD, path(""), 0);
    p.when(result, "==", 0, () => p.set(isBuiltin, 1));
  });
  return {
    isLoaded,
    isBuiltin,
    look(module: Span): void {
      setSpan(p, name, module);
      look();
    },
  };
}

/**
 * Loads the module of one file, with its options of modprobe.d(5), or runs its `install` line instead. A module
 * that is loaded already is no failure. `failed` is 0 or 1.
 */
export function makeInsert(context: Context, state: State, command: Command) {
  const { p, words, writer, lookup, flags, config, directory, parameters } = context;
  const file = spanVariables(p);
  const name = spanVariables(p);
  const isTarget = p.variable();
  const isOptional = p.variable();
  const failed = p.variable();
  const result = p.variable();

  const options = () => {
    words.forLines(config, "options", () => {
      words.nextWord();
      words.whenSameName(words.word, name, () => {
        writer.put(" ");
        writer.put(command.restOfLine());
      });
    });
    p.when(isTarget, "!=", 0, () => command.putParameters(parameters));
  };
  const insert = p.routine((leave) => {
    const fd = p.variable();
    const mode = p.variable();
    p.set(failed, 0);
    lookup.nameOf(name, file);
    p.when(flags.showDependencies, "==", 0, () => {
      state.look(name);
      p.when(state.isBuiltin, "!=", 0, leave);
      p.when(state.isLoaded, "!=", 0, () => {
        p.when(isTarget, "!=", 0, () =>
          p.when(flags.firstTime, "!=", 0, () => {
            complain(context, "ERROR: could not insert '", name, "': Module already in kernel");
            p.set(failed, 1);
          }),
        );
        leave();
      });
    });
    p.when(flags.ignoreCommands, "==", 0, () =>
      words.forLines(config, "install", () => {
        words.nextWord();
        words.whenSameName(words.word, name, () => {
          command.run(result, name);
          p.when(result, "!=", 0, () => p.set(failed, 1));
          leave();
        });
      }),
    );
    const path = () => {
      p.load(mode, 1, file.start);
      p.when(mode, "!=", SLASH, () => writer.put({ text: directory }, "/"));
      writer.put(file);
    };
    p.when(flags.verbose, "!=", 0, () => {
      writer.begin();
      writer.put("insmod ");
      path();
      options();
      writer.print(1);
    });
    p.when(flags.dryRun, "!=", 0, leave);
    writer.begin();
    path();
    p.syscallTo(fd, "openat", AT_FDCWD, writer.end(), O_RDONLY | O_CLOEXEC, 0);
    p.set(result, fd);
    p.when(fd, ">=", 0, () => {
      // ".ko", and not ".ko.gz", ".ko.xz" or ".ko.zst".
      p.math(mode, file.end, "sub", 1);
      p.load(mode, 1, mode);
      p.when(
        mode,
        "==",
        "o".charCodeAt(0),
        () => p.set(mode, 0),
        () => p.set(mode, MODULE_INIT_COMPRESSED_FILE),
      );
      writer.begin();
      options();
      p.syscallTo(result, "finit_module", fd, writer.end(), mode);
      p.syscall("close", fd);
    });
    p.when(result, ">=", 0, leave);
    p.when(result, "==", -EEXIST, () => p.when(flags.firstTime, "==", 0, leave));
    p.set(failed, 1);
    p.when(isOptional, "!=", 0, leave);
    for (const [errno, reason] of reasons)
      p.when(result, "==", -errno, () => {
        complain(context, "ERROR: could not insert '", name, `': ${reason}`);
        leave();
      });
    p.math(result, 0, "sub", result);
    complain(context, "ERROR: could not insert '", name, "': error ", { number: result });
  });
  return {
    failed,
    /** Not 0: it gets the parameters of the command line; and: a failure is silent. */
    isTarget,
    isOptional,
    insert(module: Span): void {
      setSpan(p, file, module);
      insert();
    },
  };
}
