import type { Builder, Value } from "@vimto/asm";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "@vimto/linux";
import type { Files } from "./files.ts";
import { type SpanVariables, spanVariables } from "./words.ts";
import type { Writer } from "./writer.ts";

/** The directories of modprobe.d(5): of files with the same name, the first counts. */
const DIRECTORIES = ["/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib"];
/** Further files of settings are ignored. */
const MOST_FILES = 512;
const ENTRY = 16;
/** Of struct linux_dirent64 (getdents(2)). */
const DIRENT = { length: 16, name: 19 } as const;
const DIRENTS = 1 << 15;
/** ".conf" as a number, its first byte lowest. */
const CONF = 0x66_6e6f_632en;
const CONTINUATION = 0x0a5c;
const TWO_BLANKS = 0x2020;

/**
 * Reads the settings of modprobe.d(5) to `config`: only the settings of `only`, a directory or a file, unless
 * it is 0.
 */
export function readConfig(
  p: Builder,
  { files, writer }: { readonly files: Files; readonly writer: Writer },
  config: SpanVariables,
  only: Value,
): void {
  const names = p.buffer(ENTRY * MOST_FILES);
  const count = p.variable();
  const directory = p.variable();
  const file = spanVariables(p);
  const { isBefore, list } = lister(p, files, { names, count, directory });
  p.when(
    only,
    "!=",
    0,
    () => {
      p.set(directory, only);
      list();
    },
    () => {
      for (const top of DIRECTORIES) {
        p.set(directory, writer.constant(`${top}/modprobe.d`));
        list();
      }
    },
  );
  p.set(config.start, files.free);
  p.scope(() => {
    const left = p.variable(count);
    const entry = p.variable();
    const name = p.variable();
    const best = p.variable();
    const bestEntry = p.variable();
    p.loop((jumpOut) => {
      p.when(left, "==", 0, jumpOut);
      p.set(best, 0);
      p.math(entry, count, "mul", ENTRY);
      p.math(entry, entry, "add", names);
      p.loop((allSeen, jumpBack) => {
        p.when(entry, "==", names, allSeen);
        p.math(entry, entry, "sub", ENTRY);
        p.load(name, 8, entry);
        p.when(name, "==", 0, jumpBack);
        const take = () => {
          p.set(best, name);
          p.set(bestEntry, entry);
          jumpBack();
        };
        p.when(best, "==", 0, take);
        isBefore(name, best, take);
      });
      p.store(8, bestEntry, 0);
      p.math(bestEntry, bestEntry, "add", 8);
      p.load(directory, 8, bestEntry);
      files.read(file, writer.text({ text: directory }, "/", { text: best }));
      p.math(left, left, "sub", 1);
    });
  });
  // `only` is a file.
  p.when(only, "!=", 0, () => p.when(count, "==", 0, () => files.read(file, only)));
  p.set(config.end, files.free);
  p.scope(() => {
    const place = p.variable(config.start);
    const two = p.variable();
    p.loop((jumpOut) => {
      p.when(place, ">=", config.end, jumpOut);
      p.load(two, 2, place);
      p.when(two, "==", CONTINUATION, () => p.store(2, place, TWO_BLANKS));
      p.math(place, place, "add", 1);
    });
  });
}

type List = {
  readonly names: Value;
  readonly count: ReturnType<Builder["variable"]>;
  readonly directory: ReturnType<Builder["variable"]>;
};

function lister(p: Builder, { free, memoryEnd }: Files, { names, count, directory }: List) {
  const first = p.variable();
  const second = p.variable();
  const a = p.variable();
  const b = p.variable();
  /** Makes `a` less than, equal to or above `b` as the texts at `first` and `second` are. */
  const compare = p.routine((leave) => {
    p.loop(() => {
      p.load(a, 1, first);
      p.load(b, 1, second);
      p.when(a, "!=", b, leave);
      p.when(a, "==", 0, leave);
      p.math(first, first, "add", 1);
      p.math(second, second, "add", 1);
    });
  });
  const compared = (one: Value, other: Value) => {
    p.set(first, one);
    p.set(second, other);
    compare();
  };

  const dirents = p.buffer(DIRENTS);
  const fd = p.variable();
  const dirent = p.variable();
  const limit = p.variable();
  const name = p.variable();
  const entry = p.variable();
  const scratch = p.variable();
  /** Adds the name at `name` in front of a NUL byte, unless it is there. */
  const add = p.routine((leave) => {
    p.when(count, "==", MOST_FILES, leave);
    p.set(entry, names);
    p.loop((jumpOut) => {
      p.math(scratch, count, "mul", ENTRY);
      p.math(scratch, scratch, "add", names);
      p.when(entry, "==", scratch, jumpOut);
      p.load(scratch, 8, entry);
      compared(name, scratch);
      p.when(a, "==", b, leave);
      p.math(entry, entry, "add", ENTRY);
    });
    p.store(8, entry, free);
    p.math(entry, entry, "add", 8);
    p.store(8, entry, directory);
    p.math(count, count, "add", 1);
    p.loop(() => {
      p.when(free, "==", memoryEnd, leave);
      p.load(a, 1, name);
      p.store(1, free, a);
      p.math(free, free, "add", 1);
      p.math(name, name, "add", 1);
      p.when(a, "==", 0, leave);
    });
  });
  const list = p.routine((leave) => {
    p.syscallTo(fd, "openat", AT_FDCWD, directory, O_RDONLY | O_CLOEXEC, 0);
    p.when(fd, "<", 0, leave);
    p.loop((jumpOut) => {
      p.syscallTo(limit, "getdents64", fd, dirents, DIRENTS);
      p.when(limit, "<=", 0, jumpOut);
      p.math(limit, limit, "add", dirents);
      p.set(dirent, dirents);
      p.loop((allSeen) => {
        p.when(dirent, ">=", limit, allSeen);
        p.math(name, dirent, "add", DIRENT.name);
        p.set(entry, name);
        p.loop((ended) => {
          p.load(scratch, 1, entry);
          p.when(scratch, "==", 0, ended);
          p.math(entry, entry, "add", 1);
        });
        p.math(entry, entry, "sub", 5);
        p.when(entry, ">", name, () => {
          p.load(scratch, 8, entry);
          p.math(scratch, scratch, "and", (1n << 40n) - 1n);
          p.when(scratch, "==", CONF, add);
        });
        p.math(scratch, dirent, "add", DIRENT.length);
        p.load(scratch, 2, scratch);
        p.math(dirent, dirent, "add", scratch);
      });
    });
    p.syscall("close", fd);
  });
  return {
    list,
    isBefore(one: Value, other: Value, then: () => void): void {
      compared(one, other);
      p.when(a, "<", b, then);
    },
  };
}
