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
      /** Where the result goes; undefined to ignore it. */
      readonly to: Variable | undefined;
      readonly name: SyscallName | Variable;
      readonly args: readonly Value[];
    }
  /** The stack pointer at entry: argc, argv, NULL, envp, NULL (System V ABI, "Initial Process Stack"). */
  | { readonly op: "stack"; readonly to: Variable }
  /** The first three arguments of a function, for one that the kernel calls (a signal handler). */
  | { readonly op: "arguments"; readonly to: readonly Variable[] }
  /** Ends a signal handler: what the signal interrupted goes on (sigreturn(2)). */
  | { readonly op: "signalReturn" }
  /** Where in memory the code behind a label is. */
  | { readonly op: "codeAddress"; readonly to: Variable; readonly label: Label }
  | { readonly op: "label"; readonly label: Label }
  | { readonly op: "jump"; readonly label: Label }
  /** To an address of code that a variable holds. */
  | { readonly op: "jumpTo"; readonly to: Variable }
  | {
      readonly op: "branch";
      readonly a: Value;
      readonly comparison: Comparison;
      readonly b: Value;
      readonly label: Label;
    };

export type Program = {
  readonly operations: readonly Operation[];
  /** Constants, found at `Address` offsets behind the cells of the variables. */
  readonly data: Uint8Array;
  /** Bytes of the data segment: variables, then data, then zeroed buffers. */
  readonly memory: number;
  /** For each operation the line of TypeScript that asked for it; empty unless places are kept. */
  readonly places: readonly string[];
};

const inverse: Record<Comparison, Comparison> = {
  "==": "!=",
  "!=": "==",
  "<": ">=",
  ">=": "<",
  ">": "<=",
  "<=": ">",
};

/** The default. Variables live at the start of the data segment, so that a short offset reaches each one. */
export const MAX_VARIABLES = 96;

export type BuilderOptions = {
  /** Tells the place in the sources from which an operation is added, as FILE:LINE. */
  readonly place?: (() => string) | undefined;
  /** The most variables that the program may have; each takes eight bytes of it. */
  readonly variables?: number | undefined;
};

export class Builder {
  readonly #operations: Operation[] = [];
  readonly #places: string[] = [];
  readonly #place: (() => string) | undefined;
  #variables = 0;
  /** The most variables in use at once: since the last reset, and ever. */
  #highest = 0;
  #used = 0;
  #labels = 0;
  #scopes = 0;
  readonly #most: number;
  #data: Uint8Array;
  #buffers = 0;
  readonly #pending: { size: number; address: { kind: "address"; offset: number } }[] = [];

  constructor({ place, variables = MAX_VARIABLES }: BuilderOptions = {}) {
    this.#place = place;
    this.#most = variables;
    this.#data = new Uint8Array(variables * 8);
  }

  variable(initial: Value = 0): Variable {
    if (this.#variables === this.#most)
      throw new RangeError(`a program has ${this.#most} variables at most`);
    const variable: Variable = { kind: "variable", index: this.#variables++ };
    this.#highest = Math.max(this.#highest, this.#variables);
    // A cell that a scope has given back still holds its last value.
    if (initial !== 0 || this.#scopes > 0 || variable.index < this.#used)
      this.set(variable, initial);
    this.#used = Math.max(this.#used, this.#variables);
    return variable;
  }

  /** Runs `body` with variables of its own, whose cells are free again afterwards. */
  scope(body: () => void): void {
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
    this.#add({ op: "set", to, value });
  }

  math(to: Variable, a: Value, kind: Arithmetic, b: Value): void {
    this.#add({ op: "math", to, a, kind, b });
  }

  load(to: Variable, width: Width, from: Value): void {
    this.#add({ op: "load", to, width, from });
  }

  store(width: Width, to: Value, value: Value): void {
    this.#add({ op: "store", width, to, value });
  }

  /** A system call whose result is ignored. */
  syscall(name: SyscallName | Variable, ...args: Value[]): void {
    this.#add({ op: "syscall", to: undefined, name, args });
  }

  /** A system call; its result, or minus an errno, goes to `to`, which is returned. */
  syscallTo(to: Variable, name: SyscallName | Variable, ...args: Value[]): Variable {
    this.#add({ op: "syscall", to, name, args });
    return to;
  }

  stack(to: Variable): void {
    this.#add({ op: "stack", to });
  }

  /**
   * Code that the kernel jumps to, with the arguments of a C function in variables (System V ABI, AAPCS64). The
   * program goes on behind it; `address` then holds the address of its start. `body` must not end.
   */
  entry(
    address: Variable,
    body: (first: Variable, second: Variable, third: Variable) => void,
  ): void {
    const [start, end] = [this.#label(), this.#label()];
    const [first, second, third] = [this.variable(), this.variable(), this.variable()];
    this.#add({ op: "codeAddress", to: address, label: start });
    this.#add({ op: "jump", label: end });
    this.#add({ op: "label", label: start });
    this.#add({ op: "arguments", to: [first, second, third] });
    body(first, second, third);
    this.#add({ op: "label", label: end });
  }

  /** Ends the body of an entry that is a signal handler; what the signal interrupted goes on. */
  signalReturn(): void {
    this.#add({ op: "signalReturn" });
  }

  /** Runs `then` or `otherwise`, as the comparison says when the program runs. */
  when(a: Value, comparison: Comparison, b: Value, then: () => void, otherwise?: () => void): void {
    const end = this.#label();
    const other = otherwise ? this.#label() : end;
    this.#add({ op: "branch", a, comparison: inverse[comparison], b, label: other });
    then();
    if (otherwise) {
      this.#jumpUnlessGone(end);
      this.#add({ op: "label", label: other });
      otherwise();
    }
    this.#add({ op: "label", label: end });
  }

  /**
   * Runs `body` for ever. Its arguments add a jump to the program: behind the loop, or back to its start.
   * Nothing can follow a jump in the same block, since it would never run.
   */
  loop(body: (jumpOut: () => void, jumpBack: () => void) => void): void {
    const start = this.#label();
    const end = this.#label();
    this.#add({ op: "label", label: start });
    body(
      () => this.#add({ op: "jump", label: end }),
      () => this.#add({ op: "jump", label: start }),
    );
    this.#jumpUnlessGone(start);
    this.#add({ op: "label", label: end });
  }

  /**
   * Code that the program has once and runs wherever the returned function is called. `body` gets a function
   * that adds a return. Its variables stay its own, and hold any value when it is called; it must not call
   * itself.
   */
  routine(body: (leave: () => void) => void): () => void {
    const [start, end] = [this.#label(), this.#label()];
    const back = this.variable();
    const outside = this.#highest;
    this.#highest = this.#variables;
    this.#add({ op: "jump", label: end });
    this.#add({ op: "label", label: start });
    const leave = () => this.#add({ op: "jumpTo", to: back });
    body(leave);
    if (!this.#hasJumped) leave();
    this.#add({ op: "label", label: end });
    this.#variables = this.#highest;
    this.#highest = Math.max(this.#highest, outside);
    return () => {
      const after = this.#label();
      this.#add({ op: "codeAddress", to: back, label: after });
      this.#add({ op: "jump", label: start });
      this.#add({ op: "label", label: after });
    };
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
    return {
      operations: this.#operations,
      data: this.#data,
      memory: offset,
      places: this.#places,
    };
  }

  #add(operation: Operation): void {
    if (this.#hasJumped && operation.op !== "label")
      throw new Error(`the operation "${operation.op}" stands behind a jump and never runs`);
    this.#operations.push(operation);
    if (this.#place !== undefined) this.#places.push(this.#place());
  }

  get #hasJumped(): boolean {
    const last = this.#operations.at(-1)?.op;
    return last === "jump" || last === "jumpTo";
  }

  #jumpUnlessGone(label: Label): void {
    if (!this.#hasJumped) this.#add({ op: "jump", label });
  }

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
export function programOf(write: (p: Builder) => void, options: BuilderOptions = {}): Program {
  const p = new Builder(options);
  write(p);
  return p.build();
}
