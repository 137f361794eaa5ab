import { syscalls } from "@vimto/linux";
import type { Code, Emitter } from "./assembler.ts";
import type { Arithmetic, Comparison, Value, Variable, Width } from "./program.ts";

/** Register numbers as in the Intel manual, volume 2, table 3-1. */
const RAX = 0;
const RCX = 1;
const RDX = 2;
const RBX = 3;
const RSP = 4;
const RSI = 6;
const RDI = 7;

/** rbx holds the address of the data segment: a system call clobbers rax, rcx and r11 only. */
const BASE = RBX;
const ARGUMENTS = [RDI, RSI, RDX, 10, 8, 9];

const condition: Record<Comparison, number> = {
  "==": 0x84,
  "!=": 0x85,
  "<": 0x8c,
  ">=": 0x8d,
  "<=": 0x8e,
  ">": 0x8f,
};

const arithmetic: Record<Exclude<Arithmetic, "mul" | "shl" | "shr">, number> = {
  add: 0x01,
  or: 0x09,
  and: 0x21,
  sub: 0x29,
};

const rex = (register: number) => 0x48 | (register >= 8 ? 4 : 0);

/** `opcode register, [rbx + offset]` */
function withMemory(code: Code, opcode: number, register: number, offset: number): void {
  code.byte(rex(register), opcode, 0x80 | ((register & 7) << 3) | BASE);
  code.word(offset);
}

const offsetOf = (variable: Variable) => variable.index * 8;

function loadValue(code: Code, register: number, value: Value): void {
  if (typeof value === "object") {
    if (value.kind === "variable") withMemory(code, 0x8b, register, offsetOf(value));
    else withMemory(code, 0x8d, register, value.offset);
    return;
  }
  const wide = BigInt(value);
  const rexB = 0x48 | (register >= 8 ? 1 : 0);
  if (wide >= -0x8000_0000n && wide <= 0x7fff_ffffn) {
    code.byte(rexB, 0xc7, 0xc0 | (register & 7));
    code.word(Number(wide));
  } else {
    code.byte(rexB, 0xb8 | (register & 7));
    code.word(Number(BigInt.asUintN(32, wide)));
    code.word(Number(BigInt.asUintN(32, wide >> 32n)));
  }
}

const storeVariable = (code: Code, register: number, variable: Variable) =>
  withMemory(code, 0x89, register, offsetOf(variable));

const loads: Record<Width, readonly number[]> = {
  1: [0x0f, 0xb6, 0x00],
  2: [0x0f, 0xb7, 0x00],
  4: [0x8b, 0x00],
  8: [0x48, 0x8b, 0x00],
};
const stores: Record<Width, readonly number[]> = {
  1: [0x88, 0x08],
  2: [0x66, 0x89, 0x08],
  4: [0x89, 0x08],
  8: [0x48, 0x89, 0x08],
};

export const x86_64: Emitter = {
  prologue(code, dataAddress) {
    code.byte(0x48, 0xbb);
    code.word(dataAddress % 2 ** 32);
    code.word(Math.floor(dataAddress / 2 ** 32));
  },

  operation(code, operation) {
    switch (operation.op) {
      case "set":
        loadValue(code, RAX, operation.value);
        storeVariable(code, RAX, operation.to);
        break;
      case "math":
        loadValue(code, RAX, operation.a);
        loadValue(code, RCX, operation.b);
        if (operation.kind === "shl") code.byte(0x48, 0xd3, 0xe0);
        else if (operation.kind === "shr") code.byte(0x48, 0xd3, 0xe8);
        else if (operation.kind === "mul") code.byte(0x48, 0x0f, 0xaf, 0xc1);
        else code.byte(0x48, arithmetic[operation.kind], 0xc8);
        storeVariable(code, RAX, operation.to);
        break;
      case "load":
        loadValue(code, RAX, operation.from);
        code.byte(...loads[operation.width]);
        storeVariable(code, RAX, operation.to);
        break;
      case "store":
        loadValue(code, RAX, operation.to);
        loadValue(code, RCX, operation.value);
        code.byte(...stores[operation.width]);
        break;
      case "syscall": {
        for (const [index, value] of operation.args.entries())
          loadValue(code, ARGUMENTS[index] ?? RAX, value);
        const { name } = operation;
        loadValue(code, RAX, typeof name === "string" ? syscalls[name].x86_64 : name);
        code.byte(0x0f, 0x05);
        if (operation.to !== undefined) storeVariable(code, RAX, operation.to);
        break;
      }
      case "stack":
        withMemory(code, 0x89, RSP, offsetOf(operation.to));
        break;
      case "arguments":
        for (const [index, variable] of operation.to.entries())
          storeVariable(code, ARGUMENTS[index] ?? RAX, variable);
        break;
      case "signalReturn":
        // add rsp, 8: the return address, which a function would take from the stack.
        code.byte(0x48, 0x83, 0xc4, 0x08);
        loadValue(code, RAX, syscalls.rt_sigreturn.x86_64);
        code.byte(0x0f, 0x05);
        break;
      case "codeAddress":
        // lea rax, [rip + distance]
        code.byte(0x48, 0x8d, 0x05);
        code.jump(operation.label, "address");
        code.word(0);
        storeVariable(code, RAX, operation.to);
        break;
      case "branch":
        loadValue(code, RAX, operation.a);
        loadValue(code, RCX, operation.b);
        code.byte(0x48, 0x39, 0xc8, 0x0f, condition[operation.comparison]);
        code.jump(operation.label, "branch");
        code.word(0);
        break;
      case "jump":
        code.byte(0xe9);
        code.jump(operation.label, "jump");
        code.word(0);
        break;
      case "jumpTo":
        loadValue(code, RAX, operation.to);
        code.byte(0xff, 0xe0);
        break;
    }
  },

  patch(code, at, target) {
    const distance = target - (at + 4);
    for (let i = 0; i < 4; i++) code.bytes[at + i] = (distance >> (8 * i)) & 255;
  },
};
