import { architectures, SA_RESTORER, SA_SIGINFO } from "@vimto/linux";
import { afterAll, describe, expect, test } from "vitest";
import { emit } from "./emit.ts";
import { at, Builder, type Program, programOf } from "./program.ts";
import { emulator, start, Workshop } from "./testing/run.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const EBADF = 9;
const SIGUSR1 = 10;

describe.each(architectures)("%s", (arch) => {
  const status = (program: Program, prefix: readonly string[]) =>
    start([...prefix, workshop.place(program, arch)]).ended;

  test("a system call leaves its result where it is told to, and nowhere else", async (context) => {
    const program = programOf((p) => {
      const kept = p.variable(7);
      const result = p.variable();
      p.syscall("getpid");
      p.when(kept, "!=", 7, () => p.exit(1));
      p.syscallTo(result, "close", -1);
      p.syscall("getpid");
      p.when(result, "!=", -EBADF, () => p.exit(2));
      p.exit(42);
    });
    expect(await status(program, emulator(context, arch))).toBe(42);
  });

  test("a routine returns to where it was called, and its variables are its own", async (context) => {
    const program = programOf((p) => {
      const sum = p.variable();
      const given = p.variable();
      p.scope(() => p.set(p.variable(), 99));
      const add = p.routine((leave) => {
        const twice = p.variable();
        p.scope(() => p.math(p.variable(), given, "mul", 50));
        p.math(twice, given, "add", given);
        p.when(given, "==", 3, leave);
        p.math(sum, sum, "add", twice);
      });
      const outer = p.routine(() => {
        add();
        add();
      });
      const beside = p.variable();
      p.when(beside, "!=", 0, () => p.exit(1));
      p.scope(() => {
        const inside = p.variable(7);
        for (const value of [1, 3, 4]) {
          p.set(given, value);
          outer();
          p.when(inside, "!=", 7, () => p.exit(2));
          p.when(beside, "!=", 0, () => p.exit(3));
        }
      });
      p.exit(sum);
    });
    expect(await status(program, emulator(context, arch))).toBe(2 * 2 * (1 + 4));
  });

  test("a variable is zero at the start, also where a scope has used its cell", async (context) => {
    const program = programOf((p) => {
      p.scope(() => p.set(p.variable(), 5));
      p.exit(p.variable());
    });
    expect(await status(program, emulator(context, arch))).toBe(0);
  });

  test("a signal handler has its arguments, and what it interrupted goes on", async (context) => {
    const program = programOf((p) => {
      const handler = p.variable();
      const seen = p.variable();
      const own = p.variable();
      p.entry(handler, (signal) => {
        p.math(seen, seen, "add", signal);
        p.signalReturn();
      });
      const action = p.buffer(32);
      p.store(8, action, handler);
      p.store(8, at(action, 8), SA_SIGINFO | SA_RESTORER);
      p.store(8, at(action, 16), handler);
      p.syscall("rt_sigaction", SIGUSR1, action, 0, 8);
      p.syscallTo(own, "getpid");
      for (let times = 0; times < 2; times++) p.syscall("kill", own, SIGUSR1);
      p.exit(seen);
    });
    expect(await status(program, emulator(context, arch))).toBe(2 * SIGUSR1);
  });

  test("the places of a program are those of its code, in order", () => {
    let line = 0;
    const p = new Builder({ place: () => `line ${line}` });
    const variable = p.variable();
    for (line = 1; line <= 3; line++) p.set(variable, line);
    const { places } = emit(p.build(), arch);
    expect(places.map(({ place }) => place)).toEqual(["line 1", "line 2", "line 3"]);
    const addresses = places.map(({ address }) => address);
    expect(addresses).toEqual([...new Set(addresses)].toSorted((a, b) => a - b));
  });
});

test("nothing can be added behind a jump in the same block", () => {
  const p = new Builder();
  const variable = p.variable();
  expect(() =>
    p.loop((jumpOut) => {
      jumpOut();
      p.set(variable, 1);
    }),
  ).toThrow('the operation "set" stands behind a jump and never runs');
});
