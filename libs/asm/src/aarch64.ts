import { syscalls } from "@vimto/linux";
import type { Code, Emitter, JumpKind } from "./assembler.ts";
import type { Arithmetic, Comparison, Value, Variable, Width } from "./program.ts";

/** x28 holds the address of the data segment: a system call changes x0 only. */
const BASE = 28;
const A = 9;
const B = 10;
/** Condition codes, Arm Architecture Reference Manual C1.2.4. */
const condition: Record<Comparison, number> = {
  "==": 0,
  "!=": 1,
  ">=": 10,
  "<": 11,
  ">": 12,
  "<=": 13,
};

const arithmetic: Record<Arithmetic, number> = {
  add: 0x8b00_0000,
  sub: 0xcb00_0000,
  // madd with the zero register
  mul: 0x9b00_7c00,
  and: 0x8a00_0000,
  or: 0xaa00_0000,
  shl: 0x9ac0_2000,
  shr: 0x9ac0_2400,
};

const loads: Record<Width, number> = {
  1: 0x3940_0000,
  2: 0x7940_0000,
  4: 0xb940_0000,
  8: 0xf940_0000,
};
const stores: Record<Width, number> = {
  1: 0x3900_0000,
  2: 0x7900_0000,
  4: 0xb900_0000,
  8: 0xf900_0000,
};

/** `movz`, then a `movk` for each further 16 bits that are set. */
function immediate(code: Code, register: number, value: bigint): void {
  const bits = BigInt.asUintN(64, value);
  code.word((0xd280_0000 | (Number(bits & 0xffffn) << 5) | register) >>> 0);
  for (let half = 1; half < 4; half++) {
    const part = Number((bits >> BigInt(16 * half)) & 0xffffn);
    if (part) code.word((0xf280_0000 | (half << 21) | (part << 5) | register) >>> 0);
  }
}

/** `ldr`/`str register, [x28, #offset]` of a variable. */
function withVariable(code: Code, opcode: number, register: number, variable: Variable): void {
  code.word((opcode | (variable.index << 10) | (BASE << 5) | register) >>> 0);
}

function loadValue(code: Code, register: number, value: Value): void {
  if (typeof value !== "object") immediate(code, register, BigInt(value));
  else if (value.kind === "variable") withVariable(code, loads[8], register, value);
  else {
    immediate(code, register, BigInt(value.offset));
    code.word((arithmetic.add | (register << 16) | (BASE << 5) | register) >>> 0);
  }
}

const storeVariable = (code: Code, register: number, variable: Variable) =>
  withVariable(code, stores[8], register, variable);

/** A distance in bytes, in the field of the instruction that has it. */
const fields: Record<JumpKind, (distance: number) => number> = {
  jump: (distance) => (distance >> 2) & 0x3ff_ffff,
  branch: (distance) => ((distance >> 2) & 0x7_ffff) << 5,
  address: (distance) => ((distance & 3) << 29) | (((distance >> 2) & 0x7_ffff) << 5),
};

export const aarch64: Emitter = {
  prologue(code, dataAddress) {
    // All four parts always, so that the length of the code does not depend on the address.
    const address = BigInt(dataAddress);
    for (let part = 0; part < 4; part++) {
      const bits = Number((address >> BigInt(16 * part)) & 0xffffn);
      const opcode = part === 0 ? 0xd280_0000 : 0xf280_0000;
      code.word((opcode | (part << 21) | (bits << 5) | BASE) >>> 0);
    }
  },

  operation(code, operation) {
    switch (operation.op) {
      case "set":
        loadValue(code, A, operation.value);
        storeVariable(code, A, operation.to);
        break;
      case "math":
        loadValue(code, A, operation.a);
        loadValue(code, B, operation.b);
        code.word((arithmetic[operation.kind] | (B << 16) | (A << 5) | A) >>> 0);
        storeVariable(code, A, operation.to);
        break;
      case "load":
        loadValue(code, A, operation.from);
        code.word((loads[operation.width] | (A << 5) | A) >>> 0);
        storeVariable(code, A, operation.to);
        break;
      case "store":
        loadValue(code, A, operation.to);
        loadValue(code, B, operation.value);
        code.word((stores[operation.width] | (A << 5) | B) >>> 0);
        break;
      case "syscall": {
        for (const [index, value] of operation.args.entries()) loadValue(code, index, value);
        const { name } = operation;
        loadValue(code, 8, typeof name === "string" ? syscalls[name].aarch64 : name);
        code.word(0xd400_0001);
        if (operation.to !== undefined) storeVariable(code, 0, operation.to);
        break;
      }
      case "stack":
        code.word((0x9100_03e0 | A) >>> 0);
        storeVariable(code, A, operation.to);
        break;
      case "arguments":
        for (const [index, variable] of operation.to.entries())
          storeVariable(code, index, variable);
        break;
      case "signalReturn":
        loadValue(code, 8, syscalls.rt_sigreturn.aarch64);
        code.word(0xd400_0001);
        break;
      case "codeAddress":
        // adr
        code.jump(operation.label, "address");
        code.word(0x1000_0000 | A);
        storeVariable(code, A, operation.to);
        break;
      case "branch":
        loadValue(code, A, operation.a);
        loadValue(code, B, operation.b);
        code.word((0xeb00_001f | (B << 16) | (A << 5)) >>> 0);
        code.jump(operation.label, "branch");
        code.word((0x5400_0000 | condition[operation.comparison]) >>> 0);
        break;
      case "jump":
        code.jump(operation.label, "jump");
        code.word(0x1400_0000);
        break;
      case "jumpTo":
        loadValue(code, A, operation.to);
        code.word((0xd61f_0000 | (A << 5)) >>> 0);
        break;
    }
  },

  patch(code, at, target, kind) {
    const view = new DataView(Uint8Array.from(code.bytes.slice(at, at + 4)).buffer);
    const word = (view.getUint32(0, true) | fields[kind](target - at)) >>> 0;
    for (let i = 0; i < 4; i++) code.bytes[at + i] = (word >>> (8 * i)) & 255;
  },
};
