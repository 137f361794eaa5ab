import { closeSync } from "node:fs";
import { architectures } from "@vimto/linux";
import { afterAll, describe, expect, test } from "vitest";
import {
  type Arithmetic,
  at,
  Builder,
  type Comparison,
  MAX_VARIABLES,
  type Program,
  type Value,
  type Width,
} from "./program.ts";
import { pipeFrom } from "./testing/descriptors.ts";
import { Random } from "./testing/random.ts";
import { emulator, start, Workshop } from "./testing/run.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const signed = (value: bigint) => BigInt.asIntN(64, value);
const unsigned = (value: bigint) => BigInt.asUintN(64, value);

/** What the machine must do, in numbers without a limit. */
const reference: Record<Arithmetic, (a: bigint, b: bigint) => bigint> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  shl: (a, b) => a << (b & 63n),
  shr: (a, b) => unsigned(a) >> (b & 63n),
};
const comparisons: Record<Comparison, (a: bigint, b: bigint) => boolean> = {
  "==": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

/** Where carries, signs and encodings of immediates turn over. */
const edges = [0n, 1n, 63n, 64n, 0xffffn, 0x1_0000n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn]
  .concat([0x1_0000_0000n, 0xffff_0000_0000n, 0x7fff_ffff_ffff_ffffn, 0x8000_0000_0000_0000n])
  .flatMap((edge) => [signed(edge), signed(-edge), signed(~edge)]);

function operand(random: Random): bigint {
  const edge = edges[random.below(edges.length)] ?? 0n;
  return random.pick([edge, signed(random.bits()), signed(random.bits() >> 40n)]);
}

type Step = { readonly what: string; readonly expected: bigint };

/** Two thousand operations of one seed, each with its result in eight bytes of what it writes. */
function randomProgram(seed: number) {
  const random = new Random(seed);
  const p = new Builder();
  const steps: Step[] = [];
  const rounds = 1000;
  const results = p.buffer(rounds * 2 * 8);
  const [left, right, result] = [p.variable(), p.variable(), p.variable()];
  const keep = (what: string, expected: bigint) => {
    p.store(8, at(results, steps.length * 8), result);
    steps.push({ what, expected: unsigned(expected) });
  };
  /** The number itself, or a variable that holds it. */
  const given = (number: bigint, variable: typeof left): Value => {
    if (random.below(2) === 0) return number;
    p.set(variable, number);
    return variable;
  };
  for (let round = 0; round < rounds; round++) {
    const [a, b] = [operand(random), operand(random)];
    const kind = random.pick<Arithmetic>(["add", "sub", "mul", "and", "or", "shl", "shr"]);
    // The result may go where an operand came from, as in `i = i + 1`.
    const to = random.pick([result, left, right]);
    p.math(to, given(a, left), kind, given(b, right));
    p.set(result, to);
    keep(`${a} ${kind} ${b}`, reference[kind](a, b));

    const comparison = random.pick<Comparison>(["==", "!=", "<", "<=", ">", ">="]);
    const other = random.below(4) === 0 ? a : b;
    p.set(result, 3);
    const then = () => p.set(result, 1);
    const otherwise = random.below(2) === 0 ? () => p.set(result, 2) : undefined;
    p.when(given(a, left), comparison, given(other, right), then, otherwise);
    const no = otherwise ? 2n : 3n;
    keep(`${a} ${comparison} ${other}`, comparisons[comparison](a, other) ? 1n : no);
  }
  p.syscall("write", 1, results, rounds * 2 * 8);
  p.exit(0);
  return { program: p.build(), steps };
}

describe.each(architectures)("%s", (arch) => {
  /** The first `length` bytes that the program writes to its stdout. */
  async function output(program: Program, prefix: readonly string[], length: number) {
    const out = pipeFrom(1 << 20);
    const child = start([...prefix, workshop.place(program, arch)], ["ignore", out.theirs]);
    closeSync(out.theirs);
    const bytes = await out.ours.rest();
    expect(await child.ended).toBe(0);
    expect(bytes.length).toBe(length);
    return new DataView(bytes.buffer);
  }

  test("computes and compares as numbers without a limit do, modulo 2^64", async (context) => {
    const prefix = emulator(context, arch);
    for (const seed of [1, 2, 3, 4, crypto.getRandomValues(new Uint32Array(1))[0] ?? 0]) {
      const { program, steps } = randomProgram(seed);
      const view = await output(program, prefix, steps.length * 8);
      for (const [index, { what, expected }] of steps.entries())
        expect(view.getBigUint64(index * 8, true), `seed ${seed}: ${what}`).toBe(expected);
    }
  });

  test("a load of any width fills the rest with zeroes, a store leaves the rest alone", async (context) => {
    const prefix = emulator(context, arch);
    const p = new Builder();
    const value = p.variable();
    const place = p.variable();
    const from = p.constant(Uint8Array.of(1, 0x92, 3, 0x94, 5, 6, 7, 0x98));
    const to = p.buffer(8 * 8);
    const widths: readonly Width[] = [1, 2, 4, 8];
    for (const [index, width] of widths.entries()) {
      p.load(value, width, from);
      p.store(8, at(to, index * 16), value);
      p.store(8, at(to, index * 16 + 8), -1);
      p.set(place, at(to, index * 16 + 8));
      p.store(width, place, value);
    }
    p.syscall("write", 1, to, 64);
    p.exit(0);
    const view = await output(p.build(), prefix, 64);
    const words = Array.from({ length: 8 }, (_, index) => view.getBigUint64(index * 8, true));
    expect(words.map((word) => word.toString(16))).toEqual([
      "1",
      "ffffffffffffff01",
      "9201",
      "ffffffffffff9201",
      "94039201",
      "ffffffff94039201",
      "9807060594039201",
      "9807060594039201",
    ]);
  });

  test("all variables are cells of their own, zero at the start", async (context) => {
    const prefix = emulator(context, arch);
    const p = new Builder();
    const variables = Array.from({ length: MAX_VARIABLES }, () => p.variable());
    const out = p.buffer(16);
    for (const variable of variables) p.when(variable, "!=", 0, () => p.exit(1));
    for (const [index, variable] of variables.entries()) p.set(variable, index);
    for (const [index, variable] of variables.entries())
      p.when(variable, "!=", index, () => p.exit(2));
    p.syscall("write", 1, out, 1);
    p.exit(0);
    expect(() => p.variable()).toThrow(
      new RangeError(`a program has ${MAX_VARIABLES} variables at most`),
    );
    await output(p.build(), prefix, 1);
  });

  test("loops begin again and end, and jump over much code", async (context) => {
    const prefix = emulator(context, arch);
    const p = new Builder();
    const round = p.variable();
    const kept = p.variable();
    const out = p.buffer(8);
    p.loop((leave, again) => {
      p.math(round, round, "add", 1);
      p.when(round, "==", 100, leave);
      p.math(kept, round, "and", 1);
      p.when(kept, "==", 0, again);
      // More than an 8- or 16-bit displacement reaches.
      for (let filler = 0; filler < 5000; filler++) p.set(kept, filler);
      p.load(kept, 8, out);
      p.math(kept, kept, "add", round);
      p.store(8, out, kept);
    });
    p.syscall("write", 1, out, 8);
    p.exit(0);
    const view = await output(p.build(), prefix, 8);
    expect(view.getBigUint64(0, true)).toBe(2500n);
  });
});
