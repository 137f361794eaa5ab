import type { Label, Operation, Program } from "./program.ts";

/** What to fill in: an unconditional jump, a conditional one, or the address of a label. */
export type JumpKind = "jump" | "branch" | "address";

/** Machine code being written, with jumps that are filled in when all labels are known. */
export class Code {
  readonly bytes: number[] = [];
  readonly labels = new Map<number, number>();
  readonly jumps: { at: number; label: Label; kind: JumpKind }[] = [];

  byte(...bytes: number[]): void {
    this.bytes.push(...bytes);
  }

  word(value: number): void {
    this.bytes.push(value & 255, (value >>> 8) & 255, (value >>> 16) & 255, (value >>> 24) & 255);
  }

  label(label: Label): void {
    this.labels.set(label.id, this.bytes.length);
  }

  jump(label: Label, kind: JumpKind): void {
    this.jumps.push({ at: this.bytes.length, label, kind });
  }

  target(label: Label): number {
    const target = this.labels.get(label.id);
    if (target === undefined) throw new Error(`label ${label.id} is never placed`);
    return target;
  }
}

/** What an architecture must know: one function for each kind of operation. */
export type Emitter = {
  /** Loads the address of the data segment where every operation expects it. */
  prologue(code: Code, dataAddress: number): void;
  operation(code: Code, operation: Operation, dataAddress: number): void;
  /** Fills in one jump: `code.bytes` from `at` on. */
  patch(code: Code, at: number, target: number, kind: JumpKind): void;
};

export type Assembled = {
  readonly code: Uint8Array;
  /** Where the code of each operation begins, in bytes. */
  readonly offsets: readonly number[];
};

/**
 * Machine code for `program` with its data segment at `dataAddress`. Its length does not depend on
 * that address.
 */
export function assemble(program: Program, emitter: Emitter, dataAddress: number): Assembled {
  const code = new Code();
  emitter.prologue(code, dataAddress);
  const offsets = program.operations.map((operation) => {
    const offset = code.bytes.length;
    if (operation.op === "label") code.label(operation.label);
    else emitter.operation(code, operation, dataAddress);
    return offset;
  });
  for (const { at, label, kind } of code.jumps) emitter.patch(code, at, code.target(label), kind);
  return { code: Uint8Array.from(code.bytes), offsets };
}
