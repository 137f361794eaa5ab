import { type Address, at, type Builder, type Value, type Variable } from "@vimto/asm";

/** The size of a buffer for texts, in bytes. */
export const LONGEST = 512;

/** Copies the bytes of a C string, as many as there is room for. */
export function append(p: Builder, line: Address, length: Variable, text: Value): void {
  p.scope(() => {
    const from = p.variable(text);
    const to = p.variable();
    const byte = p.variable();
    p.loop((jumpOut) => {
      p.load(byte, 1, from);
      p.when(byte, "==", 0, jumpOut);
      p.when(length, ">=", LONGEST - 1, jumpOut);
      p.math(to, line, "add", length);
      p.store(1, to, byte);
      p.math(from, from, "add", 1);
      p.math(length, length, "add", 1);
    });
  });
}

/** Four digits. */
export function appendHex(p: Builder, line: Address, length: Variable, value: Value) {
  const digits = p.buffer(8);
  const digit = p.variable();
  for (const [index, shift] of [12, 8, 4, 0].entries()) {
    p.math(digit, value, "shr", shift);
    p.math(digit, digit, "and", 15);
    p.when(
      digit,
      "<",
      10,
      () => p.math(digit, digit, "add", 0x30),
      () => p.math(digit, digit, "add", 0x57),
    );
    p.store(1, at(digits, index), digit);
  }
  append(p, line, length, digits);
}

/** A number below 2^32 in decimal, as a C string at `to`, which has 16 bytes. */
export function decimal(p: Builder, to: Address, value: Value): void {
  p.scope(() => digits(p, to, value));
}

function digits(p: Builder, to: Address, value: Value): void {
  const rest = p.variable();
  const tenth = p.variable();
  const digit = p.variable();
  const place = p.variable();
  const ahead = p.variable();
  p.set(rest, value);
  // Counts the digits, then writes them from the last to the first.
  p.set(ahead, 0);
  p.set(tenth, value);
  p.loop((jumpOut) => {
    p.math(ahead, ahead, "add", 1);
    divideByTen(p, tenth, tenth);
    p.when(tenth, "==", 0, jumpOut);
  });
  p.math(place, to, "add", ahead);
  p.store(1, place, 0);
  p.loop((jumpOut) => {
    p.when(ahead, "==", 0, jumpOut);
    p.math(ahead, ahead, "sub", 1);
    divideByTen(p, tenth, rest);
    p.math(digit, tenth, "mul", 10);
    p.math(digit, rest, "sub", digit);
    p.math(digit, digit, "add", 0x30);
    p.math(place, to, "add", ahead);
    p.store(1, place, digit);
    p.set(rest, tenth);
  });
}

/** Exact below 2^32: 0xcccccccd / 2^35 is a tenth and less than 2^-34 more. */
function divideByTen(p: Builder, to: Variable, value: Value): void {
  p.math(to, value, "mul", 0xcccc_cccd);
  p.math(to, to, "shr", 35);
}
