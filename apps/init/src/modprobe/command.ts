import { EINTR, SIGCHLD } from "@vimto/linux";
import { type Context, complain } from "./context.ts";
import { type Span, spanVariables } from "./words.ts";

const MOST_VARIABLES = 1024;

export type Command = ReturnType<typeof makeCommand>;

/** Commands that `install` and `remove` lines of modprobe.d(5) run in place of a module. */
export function makeCommand(context: Context) {
  const { p, words, writer, flags, parameters, environment } = context;
  const status = p.variable();
  const child = p.variable();
  const place = p.buffer(8);
  const argv = p.buffer(4 * 8);
  const envp = p.buffer((MOST_VARIABLES + 2) * 8);
  const rest = spanVariables(p);

  const restOfLine = p.routine(() => {
    words.nextWord();
    p.set(rest.start, words.word.start);
    words.skipLine();
    p.math(rest.end, words.at, "sub", 1);
  });
  const putParameters = (pointers: Span) =>
    p.scope(() => {
      const pointer = p.variable(pointers.start);
      const text = p.variable();
      p.loop((jumpOut) => {
        p.when(pointer, "==", pointers.end, jumpOut);
        p.load(text, 8, pointer);
        writer.put(" ", { text });
        p.math(pointer, pointer, "add", 8);
      });
    });
  /** Becomes the command, whose parameters are in $CMDLINE_OPTS. */
  const become = () =>
    p.scope(() => {
      const from = p.variable(environment);
      const to = p.variable(envp);
      const text = p.variable();
      const end = p.variable(envp);
      p.math(end, end, "add", MOST_VARIABLES * 8);
      p.loop((jumpOut) => {
        p.load(text, 8, from);
        p.when(text, "==", 0, jumpOut);
        p.when(to, "==", end, jumpOut);
        p.store(8, to, text);
        p.math(from, from, "add", 8);
        p.math(to, to, "add", 8);
      });
      writer.begin();
      writer.put("CMDLINE_OPTS=");
      putParameters(parameters);
      p.store(8, to, writer.end());
      p.math(to, to, "add", 8);
      p.store(8, to, 0);
      // The text is this process's own copy.
      p.store(1, rest.end, 0);
      const shell = writer.constant("/bin/sh");
      p.set(to, argv);
      for (const argument of [shell, writer.constant("-c"), rest.start, 0]) {
        p.store(8, to, argument);
        p.math(to, to, "add", 8);
      }
      p.syscall("execve", shell, argv, envp);
      p.exit(127);
    });
  const run = p.routine((leave) => {
    restOfLine();
    p.set(status, 0);
    p.when(flags.verbose, "!=", 0, () => writer.line(1, rest));
    p.when(flags.dryRun, "!=", 0, leave);
    p.syscallTo(child, "clone", SIGCHLD, 0, 0, 0, 0);
    p.when(child, "==", 0, become);
    p.store(8, place, 1);
    p.loop((jumpOut) => {
      p.syscallTo(status, "wait4", child, place, 0, 0);
      p.when(status, "!=", -EINTR, jumpOut);
    });
    p.load(status, 4, place);
  });
  return {
    /** The rest of the line, without the blanks in front of it. */
    restOfLine(): Span {
      restOfLine();
      return rest;
    },
    putParameters,
    /** Runs the rest of the line; `result` is 0 if it succeeds. Tells of a failure. */
    run(result: typeof status, module: Span): void {
      run();
      p.set(result, status);
      p.when(result, "!=", 0, () =>
        complain(context, "ERROR: the command of modprobe.d for '", module, "' failed"),
      );
    },
  };
}
