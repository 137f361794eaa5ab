/**
 * A language small enough for programs of a few hundred bytes: 64-bit variables, memory, jumps and
 * system calls. A program is a list of operations; x86_64.ts and aarch64.ts turn it into machine code.
 */
import type { SyscallName } from "@vimto/linux";

/** One 64-bit cell, zero at the start. */
export type Variable = { readonly kind: "variable"; readonly index: number };
/** The address of `offset` bytes into the data segment. */
export type Address = { readonly kind: "address"; readonly offset: number };
export type Value = number | bigint | Variable | Address;

/** Signed comparisons of 64-bit values. */
export type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";
export type Arithmetic = "add" | "sub" | "mul" | "and" | "or" | "shl" | "shr";
export type Width = 1 | 2 | 4 | 8;

export type Label = { readonly kind: "label"; readonly id: number };

export type Operation =
  | { readonly op: "set"; readonly to: Variable; readonly value: Value }
  | {
      readonly op: "math";
      readonly to: Variable;
      readonly a: Value;
      readonly kind: Arithmetic;
      readonly b: Value;
    }
  /** Zero-extends `width` bytes. */
  | {
      readonly op: "load";
      readonly to: Variable;
      readonly width: Width;
      readonly from: Value;
    }
  | {
      readonly op: "store";
      readonly width: Width;
      readonly to: Value;
      readonly value: Value;
    }
  /** A number given as a variable is the kernel's own for that architecture. */
  | {
      readonly op: "syscall";
      readonly result: Variable;
      readonly name: SyscallName | Variable;
      readonly args: readonly Value[];
    }
  /** The stack pointer at entry: argc, argv, NULL, envp, NULL (System V ABI, "Initial Process Stack"). */
  | { readonly op: "stack"; readonly to: Variable }
  | { readonly op: "label"; readonly label: Label }
  | { readonly op: "jump"; readonly label: Label }
  | {
      readonly op: "branch";
      readonly a: Value;
      readonly comparison: Comparison;
      readonly b: Value;
      readonly label: Label;
    };

export type Program = {
  readonly operations: readonly Operation[];
  /** Constants, found at `Address` offsets from `variables * 8` upwards. */
  readonly data: Uint8Array;
  /** Bytes of the data segment: variables, then data, then zeroed buffers. */
  readonly memory: number;
};

const inverse: Record<Comparison, Comparison> = {
  "==": "!=",
  "!=": "==",
  "<": ">=",
  ">=": "<",
  ">": "<=",
  "<=": ">",
};

/** Variables live at the start of the data segment, so that one short offset reaches each. */
export const MAX_VARIABLES = 96;

export class Builder {
  readonly #operations: Operation[] = [];
  #variables = 0;
  #labels = 0;
  #scopes = 0;
  #data: Uint8Array = new Uint8Array(MAX_VARIABLES * 8);
  #buffers = 0;
  readonly #pending: { size: number; address: { kind: "address"; offset: number } }[] = [];

  variable(initial: Value = 0): Variable {
    if (this.#variables === MAX_VARIABLES)
      throw new RangeError(`a program has ${MAX_VARIABLES} variables at most`);
    const variable: Variable = { kind: "variable", index: this.#variables++ };
    if (initial !== 0 || this.#scopes > 0) this.set(variable, initial);
    return variable;
  }

  /** What `body` does, with variables of its own: their cells serve others afterwards. */
  scope(body: () => void): void {
    // Stays behind, wherever it is first asked for.
    void this.#result;
    const before = this.#variables;
    this.#scopes += 1;
    body();
    this.#scopes -= 1;
    this.#variables = before;
  }

  /** Constant bytes, 8-aligned. */
  constant(bytes: Uint8Array): Address {
    const offset = (this.#data.length + 7) & ~7;
    const grown = new Uint8Array(offset + bytes.length);
    grown.set(this.#data);
    grown.set(bytes, offset);
    this.#data = grown;
    return { kind: "address", offset };
  }

  /** A NUL-terminated string. */
  text(text: string): Address {
    return this.constant(new TextEncoder().encode(`${text}\0`));
  }

  /** Zeroed memory; touched pages only cost what is touched. */
  buffer(size: number): Address {
    const address = { kind: "address" as const, offset: 0 };
    this.#pending.push({ size, address });
    this.#buffers += size;
    return address;
  }

  set(to: Variable, value: Value): void {
    this.#operations.push({ op: "set", to, value });
  }

  math(to: Variable, a: Value, kind: Arithmetic, b: Value): void {
    this.#operations.push({ op: "math", to, a, kind, b });
  }

  load(to: Variable, width: Width, from: Value): void {
    this.#operations.push({ op: "load", to, width, from });
  }

  store(width: Width, to: Value, value: Value): void {
    this.#operations.push({ op: "store", width, to, value });
  }

  syscall(name: SyscallName | Variable, ...args: Value[]): Variable {
    const result = this.#result;
    this.#operations.push({ op: "syscall", result, name, args });
    return result;
  }

  stack(to: Variable): void {
    this.#operations.push({ op: "stack", to });
  }

  when(a: Value, comparison: Comparison, b: Value, then: () => void, otherwise?: () => void): void {
    const end = this.#label();
    const other = otherwise ? this.#label() : end;
    this.#operations.push({ op: "branch", a, comparison: inverse[comparison], b, label: other });
    then();
    if (otherwise) {
      this.#operations.push({ op: "jump", label: end });
      this.#operations.push({ op: "label", label: other });
      otherwise();
    }
    this.#operations.push({ op: "label", label: end });
  }

  /** Runs `body` for ever; its arguments leave the loop or begin the next round. */
  loop(body: (leave: () => void, again: () => void) => void): void {
    const start = this.#label();
    const end = this.#label();
    this.#operations.push({ op: "label", label: start });
    body(
      () => this.#operations.push({ op: "jump", label: end }),
      () => this.#operations.push({ op: "jump", label: start }),
    );
    this.#operations.push({ op: "jump", label: start });
    this.#operations.push({ op: "label", label: end });
  }

  exit(status: Value): void {
    this.syscall("exit_group", status);
  }

  /** Ends the thread that runs this, and no other. */
  exitThread(): void {
    this.syscall("exit", 0);
  }

  build(): Program {
    let offset = (this.#data.length + 15) & ~15;
    for (const { size, address } of this.#pending) {
      address.offset = offset;
      offset += (size + 15) & ~15;
    }
    return { operations: this.#operations, data: this.#data, memory: offset };
  }

  /** Every system call leaves its result here: use or copy it before the next one. */
  get #result(): Variable {
    this.#resultVariable ??= this.variable();
    return this.#resultVariable;
  }
  #resultVariable: Variable | undefined;

  #label(): Label {
    return { kind: "label", id: this.#labels++ };
  }
}

/** `address` moved by `bytes`, as long as it is a constant address whose place is known at build time. */
export function at(address: Address, bytes: number): Address {
  return {
    kind: "address",
    get offset() {
      return address.offset + bytes;
    },
  };
}

/** The program whose operations `write` adds. */
export function programOf(write: (p: Builder) => void): Program {
  const p = new Builder();
  write(p);
  return p.build();
}
