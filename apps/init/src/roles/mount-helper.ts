import type { Address, Builder, Value, Variable } from "@vimto/asm";
import {
  EBUSY,
  MS_BIND,
  MS_NOATIME,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_RELATIME,
  MS_REMOUNT,
} from "@vimto/linux";
import { writeAll } from "./common.ts";

/** The part of a helper's name before the type (mount(8), "External helpers"). */
const PREFIX = "mount.";
/** mount(8): exit status after a failure. */
const FAILED = 32;
const STDERR = 2;
const MOST = 4096;
const COMMA = ",".charCodeAt(0);
const SLASH = "/".charCodeAt(0);

/** Options that are flags of mount(2); others are for the file system. */
const flags: Readonly<Record<string, number>> = {
  rw: 0,
  defaults: 0,
  ro: MS_RDONLY,
  nosuid: MS_NOSUID,
  nodev: MS_NODEV,
  noexec: MS_NOEXEC,
  noatime: MS_NOATIME,
  relatime: MS_RELATIME,
};

/**
 * What guest init does as `/sbin/mount.TYPE SOURCE DIRECTORY [-o OPTIONS]`, which mount(8) starts for a file
 * system that vimto has mounted already. The kernel refuses to mount it a second time in the same place (EBUSY,
 * fs/namespace.c, do_add_mount); settings that mount it by themselves must work all the same. So this mounts
 * it, or gives the options to the existing mount.
 *
 * @param stack where the arguments are
 */
export function mountHelper(p: Builder, stack: Variable): void {
  const [name, source, directory] = [p.variable(), p.variable(), p.variable()];
  const [place, count, result] = [p.variable(), p.variable(), p.variable()];
  const argument = (to: Variable, index: Value) => {
    p.math(place, index, "mul", 8);
    p.math(place, place, "add", 8);
    p.math(place, place, "add", stack);
    p.load(to, 8, place);
  };
  p.load(count, 8, stack);
  p.when(count, "<", 3, () => p.exit(FAILED));
  argument(name, 0);
  argument(source, 1);
  argument(directory, 2);
  p.scope(() => afterLastSlash(p, name));
  p.math(name, name, "add", PREFIX.length);

  const bits = p.variable();
  const data = p.buffer(MOST);
  const length = p.variable();
  const index = p.variable(3);
  const word = p.variable();
  const isOptions = p.variable();
  p.loop((jumpOut) => {
    p.when(index, ">=", count, jumpOut);
    argument(word, index);
    p.when(
      isOptions,
      "!=",
      0,
      () => {
        p.set(isOptions, 0);
        p.scope(() => readOptions(p, word, bits, data, length));
      },
      () => p.scope(() => equals(p, isOptions, word, p.text("-o"), 3)),
    );
    p.math(index, index, "add", 1);
  });

  p.syscallTo(result, "mount", source, directory, name, bits, data);
  p.when(result, "==", 0, () => p.exit(0));
  p.when(result, "==", -EBUSY, () => {
    p.math(bits, bits, "or", MS_REMOUNT | MS_BIND);
    p.syscallTo(result, "mount", source, directory, name, bits, 0);
    p.when(result, "==", 0, () => p.exit(0));
  });
  const sentence = new TextEncoder().encode("vimto: the guest's kernel refuses this mount\n");
  writeAll(p, STDERR, p.constant(sentence), sentence.length, () => {});
  p.exit(FAILED);
}

/** Moves `text`, a C string, behind its last slash. */
function afterLastSlash(p: Builder, text: Variable): void {
  const byte = p.variable();
  const place = p.variable(text);
  p.loop((jumpOut) => {
    p.load(byte, 1, place);
    p.when(byte, "==", 0, jumpOut);
    p.math(place, place, "add", 1);
    p.when(byte, "==", SLASH, () => p.set(text, place));
  });
}

/** Sorts a list with commas into flags and, behind commas again, what is for the file system. */
function readOptions(
  p: Builder,
  list: Variable,
  bits: Variable,
  data: Address,
  length: Variable,
): void {
  const [start, end, byte] = [p.variable(list), p.variable(list), p.variable()];
  const [size, known, same, to] = [p.variable(), p.variable(), p.variable(), p.variable()];
  p.loop((jumpOut, jumpBack) => {
    p.load(byte, 1, end);
    p.when(byte, "!=", 0, () =>
      p.when(byte, "!=", COMMA, () => {
        p.math(end, end, "add", 1);
        jumpBack();
      }),
    );
    p.math(size, end, "sub", start);
    p.set(known, 0);
    for (const [option, bit] of Object.entries(flags))
      p.when(size, "==", option.length, () => {
        p.scope(() => equals(p, same, start, p.text(option), option.length));
        p.when(same, "!=", 0, () => {
          p.set(known, 1);
          p.math(bits, bits, "or", bit);
        });
      });
    p.when(known, "==", 0, () =>
      p.when(size, ">", 0, () => {
        p.when(length, "!=", 0, () => {
          p.math(to, data, "add", length);
          p.store(1, to, COMMA);
          p.math(length, length, "add", 1);
        });
        p.scope(() => copy(p, data, length, start, size));
      }),
    );
    p.when(byte, "==", 0, jumpOut);
    p.math(end, end, "add", 1);
    p.set(start, end);
  });
}

/** Whether the first `length` bytes at two places are the same: 1 or 0 to `to`. */
function equals(p: Builder, to: Variable, a: Value, b: Value, length: number): void {
  const [left, right, place, index] = [p.variable(), p.variable(), p.variable(), p.variable()];
  p.set(to, 1);
  p.loop((jumpOut) => {
    p.when(index, "==", length, jumpOut);
    p.math(place, a, "add", index);
    p.load(left, 1, place);
    p.math(place, b, "add", index);
    p.load(right, 1, place);
    p.when(left, "!=", right, () => {
      p.set(to, 0);
      jumpOut();
    });
    p.math(index, index, "add", 1);
  });
}

/** Adds `size` bytes to a text; leaves out what finds no room, and the kernel refuses the rest. */
function copy(p: Builder, data: Address, length: Variable, from: Variable, size: Variable): void {
  const [byte, place, index] = [p.variable(), p.variable(), p.variable()];
  p.loop((jumpOut) => {
    p.when(index, "==", size, jumpOut);
    p.when(length, ">=", MOST - 2, jumpOut);
    p.math(place, from, "add", index);
    p.load(byte, 1, place);
    p.math(place, data, "add", length);
    p.store(1, place, byte);
    p.math(length, length, "add", 1);
    p.math(index, index, "add", 1);
  });
  p.math(place, data, "add", length);
  p.store(1, place, 0);
}

/** Whether the program was started by the name of a helper: 1 or 0 to `to`. */
export function isMountHelper(p: Builder, to: Variable, stack: Variable): void {
  const name = p.variable();
  p.load(name, 8, at0(p, stack));
  p.scope(() => afterLastSlash(p, name));
  p.scope(() => equals(p, to, name, p.text(PREFIX), PREFIX.length));
}

/** The place of argv[0]. */
function at0(p: Builder, stack: Variable): Variable {
  const place = p.variable();
  p.math(place, stack, "add", 8);
  return place;
}
