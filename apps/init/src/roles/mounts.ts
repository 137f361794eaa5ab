import type { Address, Builder, Variable } from "@vimto/asm";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "@vimto/linux";

/** Fields of a line of /proc/PID/mountinfo (proc(5)), from 0; the type is behind a field "-". */
const FIELD = { device: 2, path: 4, options: 5 } as const;
const [NEWLINE, SPACE, DASH, BACKSLASH, COLON, ZERO] = [..."\n -\\:0"].map((c) =>
  c.charCodeAt(0),
) as [number, number, number, number, number, number];

const CHUNK = 4096;
const LONGEST_PATH = 4096;

/** A mount of the process. */
export type Mount = {
  /** The first eight bytes of the type's name; 0 for one that is longer. */
  readonly type: Variable;
  readonly major: Variable;
  readonly minor: Variable;
  /** Where it is, a C string. */
  readonly path: Address;
};

/** Up to eight bytes as they are in memory. */
export const word = (text: string): bigint =>
  new TextEncoder().encode(text).reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);

/** Runs `mount` for each mount of the process, or `unreadable`. */
export function readMounts(
  p: Builder,
  { mount, unreadable }: { mount(mount: Mount): void; unreadable(): void },
): void {
  p.scope(() => {
    const chunk = p.buffer(CHUNK);
    const path = p.buffer(LONGEST_PATH);
    const [fd, from, end, byte] = four(p);
    const [field, size, typeField, escaped] = four(p);
    const [type, major, minor, value] = four(p);
    const place = p.variable();
    const clear = () => {
      for (const cell of [field, size, typeField, type, major, minor]) p.set(cell, 0);
      for (const cell of [escaped, value]) p.set(cell, 0);
    };
    const toPath = () => {
      p.math(place, path, "add", size);
      p.store(1, place, byte);
      p.when(size, "<", LONGEST_PATH - 2, () => p.math(size, size, "add", 1));
      p.math(place, path, "add", size);
      p.store(1, place, 0);
    };
    /** "\\040" and the like stand for blanks, tabs, line feeds and backslashes (fs/seq_file.c, mangle_path). */
    const pathByte = () => {
      p.when(
        escaped,
        ">",
        0,
        () => {
          p.math(value, value, "shl", 3);
          p.math(byte, byte, "sub", ZERO);
          p.math(value, value, "add", byte);
          p.math(escaped, escaped, "sub", 1);
          p.when(escaped, "==", 0, () => {
            p.set(byte, value);
            toPath();
          });
        },
        () =>
          p.when(
            byte,
            "==",
            BACKSLASH,
            () => {
              p.set(escaped, 3);
              p.set(value, 0);
            },
            toPath,
          ),
      );
    };
    /** `minor` is what is read; a colon says that it was the major number. */
    const deviceByte = () =>
      p.when(
        byte,
        "==",
        COLON,
        () => {
          p.set(major, minor);
          p.set(minor, 0);
        },
        () => {
          p.math(minor, minor, "mul", 10);
          p.math(byte, byte, "sub", ZERO);
          p.math(minor, minor, "add", byte);
        },
      );
    const typeByte = () => {
      p.math(place, size, "shl", 3);
      p.math(byte, byte, "shl", place);
      p.math(type, type, "or", byte);
      p.when(size, "==", 8, () => p.set(type, 0));
      p.math(size, size, "add", 1);
    };

    p.syscallTo(fd, "openat", AT_FDCWD, p.text("/proc/self/mountinfo"), O_RDONLY | O_CLOEXEC, 0);
    p.when(fd, "<", 0, unreadable);
    p.loop((jumpOut) => {
      p.syscallTo(end, "read", fd, chunk, CHUNK);
      p.when(end, "<=", 0, jumpOut);
      p.math(end, end, "add", chunk);
      p.set(from, chunk);
      p.loop((last, next) => {
        p.when(from, ">=", end, last);
        p.load(byte, 1, from);
        p.math(from, from, "add", 1);
        p.when(byte, "==", NEWLINE, () => {
          p.scope(() => mount({ type, major, minor, path }));
          clear();
          next();
        });
        p.when(byte, "==", SPACE, () => {
          p.math(field, field, "add", 1);
          p.set(size, 0);
          next();
        });
        p.when(field, "==", FIELD.device, () => {
          deviceByte();
          next();
        });
        p.when(field, "==", FIELD.path, () => {
          pathByte();
          next();
        });
        p.when(field, "<=", FIELD.options, next);
        p.when(typeField, "==", 0, () => {
          p.when(byte, "==", DASH, () => p.math(typeField, field, "add", 1));
          next();
        });
        p.when(field, "==", typeField, typeByte);
      });
    });
    p.syscall("close", fd);
  });
}

const four = (p: Builder) =>
  Array.from({ length: 4 }, () => p.variable()) as [Variable, Variable, Variable, Variable];
