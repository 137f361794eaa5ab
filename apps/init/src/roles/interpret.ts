import { at, type Builder, type Value, type Variable } from "@vimto/asm";
import { EINTR, MAP_ANONYMOUS, MAP_FIXED, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "@vimto/linux";
import {
  CALL_SIZE,
  KEEP,
  KEPT_SHIFT,
  ON_FAILURE,
  PSEUDO,
  SCRIPT_ADDRESS,
  SCRIPT_HEADER,
  SCRIPT_LIMIT,
} from "@vimto/script";
import { readAll } from "./common.ts";

const PROT_READ_WRITE = PROT_READ | PROT_WRITE;

/** Reserves the memory for scripts; children inherit it. */
export function makeRoomForScripts(p: Builder, failed: () => void): void {
  const flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
  const place = p.syscallTo(
    p.variable(),
    "mmap",
    SCRIPT_ADDRESS,
    SCRIPT_LIMIT,
    PROT_READ_WRITE,
    flags,
    -1,
    0,
  );
  p.when(place, "!=", SCRIPT_ADDRESS, failed);
}

/** Called as a script runs. */
export type Observer = {
  /** `mark` with the index `index`. */
  mark(index: Value): void;
  started(): void;
  /** A call failed whose failure counts: its index, its errno, and the address of its step's name. */
  failed(index: Value, errno: Value, step: Value): void;
  /** Joins a pseudo-terminal by its master; without it, a script must not ask for it. */
  terminal?(master: Value, result: Variable): void;
  /** The script ends early: it is not whole, or a call failed that ends it. Must not return. */
  gone(): void;
};

/** Reads one script from `fd` and runs it; the code that follows runs when the script is over. */
export function interpret(p: Builder, fd: Value, observer: Observer): void {
  const size = p.buffer(SCRIPT_HEADER);
  const length = p.variable();
  const calls = p.variable();
  const call = p.variable();
  const index = p.variable();
  const previous = p.variable();
  const kept = p.variable();
  const number = p.variable();
  const mode = p.variable();
  const mask = p.variable();
  const except = p.variable();
  const scratch = p.variable();
  const place = p.variable();
  const args = Array.from({ length: 6 }, () => p.variable());
  const result = p.variable();
  const [first = result] = args;

  readAll(p, fd, size, SCRIPT_HEADER, observer.gone);
  p.load(length, 4, size);
  p.load(calls, 4, at(size, 4));
  p.when(length, ">", SCRIPT_LIMIT, observer.gone);
  readAll(p, fd, SCRIPT_ADDRESS, length, observer.gone);

  p.set(call, SCRIPT_ADDRESS);
  p.set(index, 0);
  p.set(previous, 0);
  p.loop((jumpOut, jumpBack) => {
    p.when(index, "==", calls, jumpOut);
    const field = (to: Variable, offset: number, width: 2 | 4 | 8 = 8) => {
      p.math(place, call, "add", offset);
      p.load(to, width, place);
    };
    const next = () => {
      p.math(call, call, "add", CALL_SIZE);
      p.math(index, index, "add", 1);
      jumpBack();
    };
    field(number, 0, 4);
    field(mode, 4);
    p.math(mask, mode, "shr", 32);
    p.math(scratch, mode, "shr", 16);
    p.math(scratch, scratch, "and", 0xffff);
    p.when(scratch, "!=", 0, () => {
      p.math(scratch, scratch, "add", previous);
      p.when(scratch, "!=", 0, next);
    });
    p.math(except, mode, "shr", 8);
    p.math(except, except, "and", 0xff);
    for (const [i, arg] of args.entries()) field(arg, 16 + 8 * i);
    p.when(mask, "!=", 0, () => {
      for (const [i, arg] of args.entries()) {
        p.math(scratch, mask, "and", 1 << i);
        p.when(scratch, "!=", 0, () => p.set(arg, previous));
        p.math(scratch, mask, "and", 1 << (KEPT_SHIFT + i));
        p.when(scratch, "!=", 0, () => p.set(arg, kept));
      }
    });
    p.when(number, "==", PSEUDO.mark, () => {
      observer.mark(first);
      next();
    });
    p.when(number, "==", PSEUDO.started, () => {
      observer.started();
      next();
    });
    const { terminal } = observer;
    if (terminal === undefined) p.syscallTo(result, number, ...(args satisfies Value[]));
    else {
      p.when(number, "==", PSEUDO.terminal, () => terminal(first, result));
      p.when(number, "!=", PSEUDO.terminal, () =>
        p.syscallTo(result, number, ...(args satisfies Value[])),
      );
    }
    p.when(result, "==", -EINTR, jumpBack);
    p.math(scratch, mode, "and", KEEP);
    p.when(scratch, "!=", 0, () => p.set(kept, result));
    p.math(mode, mode, "and", KEEP - 1);
    p.when(result, "<", 0, () =>
      p.when(mode, "!=", ON_FAILURE.ignore, () => {
        p.math(scratch, 0, "sub", result);
        p.when(scratch, "==", except, () => {
          p.set(previous, result);
          next();
        });
        field(place, 12, 4);
        observer.failed(index, scratch, place);
        p.when(mode, "==", ON_FAILURE.stop, observer.gone);
      }),
    );
    p.set(previous, result);
    next();
  });
}
