import { type Address, type Builder, at as inside, type Value } from "@vimto/asm";
import { decimal } from "../text.ts";
import { type Span, setSpan, spanVariables } from "./words.ts";

const SIZE = 1 << 14;

/** A part of a text: a constant, a span of bytes, a C string at an address, or a number in decimal. */
export type Part = string | Span | { readonly text: Value } | { readonly number: Value };

export type Writer = ReturnType<typeof makeWriter>;

/** Puts together one text at a time; cuts what finds no room. */
export function makeWriter(p: Builder) {
  const buffer = p.buffer(SIZE + 1);
  const length = p.variable();
  const from = spanVariables(p);
  const byte = p.variable();
  const to = p.variable();
  const copy = p.routine((leave) => {
    p.loop(() => {
      p.when(from.start, "==", from.end, leave);
      p.when(length, "==", SIZE, leave);
      p.load(byte, 1, from.start);
      p.math(to, buffer, "add", length);
      p.store(1, to, byte);
      p.math(length, length, "add", 1);
      p.math(from.start, from.start, "add", 1);
    });
  });
  /** As `copy`, up to a NUL byte. */
  const copyText = p.routine((leave) => {
    p.set(from.end, from.start);
    p.loop((jumpOut) => {
      p.load(byte, 1, from.end);
      p.when(byte, "==", 0, jumpOut);
      p.math(from.end, from.end, "add", 1);
    });
    copy();
    leave();
  });

  const constants = new Map<string, Value>();
  const constant = (text: string): Value => {
    const known = constants.get(text) ?? p.text(text);
    constants.set(text, known);
    return known;
  };
  const put = (...parts: readonly Part[]) => {
    for (const part of parts) {
      if (typeof part === "object" && "start" in part) {
        setSpan(p, from, part);
        copy();
        continue;
      }
      if (typeof part === "string") p.set(from.start, constant(part));
      else if ("text" in part) p.set(from.start, part.text);
      else {
        const digits = p.buffer(16);
        decimal(p, digits, part.number);
        p.set(from.start, digits);
      }
      copyText();
    }
  };
  const begin = () => p.set(length, 0);
  const end = () => {
    p.math(to, buffer, "add", length);
    p.store(1, to, 0);
    return inside(buffer, 0);
  };
  const print = (fd: number) => {
    put("\n");
    p.syscall("write", fd, buffer, length);
  };
  return {
    constant,
    /** Begins a text that `put` puts together part by part. */
    begin,
    put,
    /** The text as a C string, which is there until the next begins. */
    end,
    /** Writes the text and a newline. */
    print,
    /** Copies the text to a place for `size` bytes, as a C string; what is longer is cut. */
    copyTo(place: Address, size: number): void {
      p.scope(() => {
        const read = p.variable(buffer);
        const write = p.variable(place);
        end();
        p.loop((jumpOut) => {
          p.when(write, "==", inside(place, size - 1), jumpOut);
          p.load(byte, 1, read);
          p.store(1, write, byte);
          p.when(byte, "==", 0, jumpOut);
          p.math(read, read, "add", 1);
          p.math(write, write, "add", 1);
        });
      });
    },
    /** Changes bytes of the text. */
    replace(old: number, by: number): void {
      p.scope(() => {
        const place = p.variable(buffer);
        p.math(to, buffer, "add", length);
        p.loop((jumpOut) => {
          p.when(place, "==", to, jumpOut);
          p.load(byte, 1, place);
          p.when(byte, "==", old, () => p.store(1, place, by));
          p.math(place, place, "add", 1);
        });
      });
    },
    /** A C string of these parts, which is there until the next text begins. */
    text(...parts: readonly Part[]): Value {
      begin();
      put(...parts);
      return end();
    },
    /** Writes a line of these parts. */
    line(fd: number, ...parts: readonly Part[]): void {
      begin();
      put(...parts);
      print(fd);
    },
  };
}
