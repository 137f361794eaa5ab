import { type Architecture, bytesOfText, type SyscallName, syscalls } from "@vimto/linux";
import {
  CALL_SIZE,
  KEEP,
  KEPT_SHIFT,
  ON_FAILURE,
  PSEUDO,
  SCRIPT_ADDRESS,
  SCRIPT_HEADER,
  SCRIPT_LIMIT,
} from "./format.ts";

/** Stands for the result of the call before, such as the descriptor that it opened. */
export const PREVIOUS = Symbol("result of the previous call");
/** Stands for the result of the last call with `keep`. */
export const KEPT = Symbol("result that was kept");

/**
 * A number; or, to point to, bytes, a C string in the form of `bytesOfText`, or an array of C strings that ends
 * with NULL.
 */
export type Argument = Constant | typeof PREVIOUS | typeof KEPT;
type Constant = number | bigint | string | Uint8Array | readonly string[];

type Options = {
  failure?: keyof typeof ON_FAILURE;
  except?: number;
  after?: number;
  keep?: boolean;
};
type Call = { number: number; args: readonly Argument[]; mode: number };

/**
 * A list of system calls for guest init, each with the step that it is part of: a failure is reported by its
 * index, and `step(index)` tells the step.
 */
export class Script<Step extends string = string> {
  readonly #arch: Architecture;
  readonly #calls: Call[] = [];
  readonly #steps: (Step | undefined)[] = [];

  constructor(arch: Architecture) {
    this.#arch = arch;
  }

  /**
   * Adds a system call. If it fails the script ends, unless `failure` says otherwise or it is with the
   * errno `except`; with `after` it runs only when the call before failed with that errno. With `keep` its
   * result is what KEPT stands for.
   */
  call(step: Step, name: SyscallName, args: readonly Argument[], options: Options = {}): this {
    const { failure = "stop", except = 0, after = 0, keep = false } = options;
    const mode = ON_FAILURE[failure] | (keep ? KEEP : 0) | (except << 8) | (after << 16);
    return this.#add(step, syscalls[name][this.#arch], args, mode);
  }

  /** Tells that the process that runs the script is the command. */
  started(): this {
    return this.#add(undefined, PSEUDO.started, [], ON_FAILURE.ignore);
  }

  /** Reports the time as moment `index`. */
  mark(index: number): this {
    return this.#add(undefined, PSEUDO.mark, [index], ON_FAILURE.ignore);
  }

  /**
   * Joins the pseudo-terminal whose master was kept to descriptors 0 and 1: two processes move what is typed and
   * what is printed. PREVIOUS is the other side then.
   */
  terminal(step: Step): this {
    return this.#add(step, PSEUDO.terminal, [KEPT], ON_FAILURE.stop);
  }

  /** The step of call `index`; undefined for an entry that is not a system call. */
  step(index: number): Step | undefined {
    return this.#steps[index];
  }

  /** Whether the script ends where call `index` fails. */
  stopsAt(index: number): boolean {
    const call = this.#calls[index];
    return call !== undefined && (call.mode & (KEEP - 1)) === ON_FAILURE.stop;
  }

  /** For each call its step. */
  get steps(): readonly (Step | undefined)[] {
    return this.#steps;
  }

  /**
   * The bytes that guest init reads. With `nameOf` they have the names of the steps, for a script whose
   * failure guest init itself must name. Throws RangeError above SCRIPT_LIMIT and for a text with a NUL byte.
   */
  build({ nameOf }: { nameOf?: (step: Step) => string } = {}): Uint8Array {
    const memory = new Memory(SCRIPT_ADDRESS, this.#calls.length * CALL_SIZE);
    const calls = new DataView(new ArrayBuffer(this.#calls.length * CALL_SIZE));
    for (const [index, { number, args, mode }] of this.#calls.entries()) {
      const place = index * CALL_SIZE;
      let mask = 0;
      for (const [i, arg] of args.entries()) {
        if (arg === PREVIOUS) mask |= 1 << i;
        else if (arg === KEPT) mask |= 1 << (KEPT_SHIFT + i);
        else calls.setBigInt64(place + 16 + 8 * i, memory.value(arg), true);
      }
      calls.setUint32(place, number, true);
      calls.setUint32(place + 4, mode, true);
      calls.setUint32(place + 8, mask, true);
      const step = this.step(index);
      if (nameOf !== undefined && step !== undefined)
        calls.setUint32(place + 12, Number(memory.value(nameOf(step))), true);
    }
    const rest = memory.bytes();
    const length = calls.byteLength + rest.length;
    if (length > SCRIPT_LIMIT)
      throw new RangeError(
        `arguments and environment take ${length} bytes: at most ${SCRIPT_LIMIT} can be passed`,
      );
    const script = new Uint8Array(SCRIPT_HEADER + length);
    const header = new DataView(script.buffer);
    header.setUint32(0, length, true);
    header.setUint32(4, this.#calls.length, true);
    script.set(new Uint8Array(calls.buffer), SCRIPT_HEADER);
    script.set(rest, SCRIPT_HEADER + calls.byteLength);
    return script;
  }

  #add(step: Step | undefined, number: number, args: readonly Argument[], mode: number): this {
    this.#steps.push(step);
    this.#calls.push({ number, args, mode });
    return this;
  }
}

/** The data that the calls point to, behind them in memory. */
class Memory {
  readonly #base: number;
  readonly #chunks: Uint8Array[] = [];
  readonly #strings = new Map<string, bigint>();
  /** The same array again is the same place. */
  readonly #arrays = new Map<readonly string[], bigint>();
  #length: number;

  constructor(base: number, offset: number) {
    this.#base = base;
    this.#length = offset;
    this.#start = offset;
  }
  readonly #start: number;

  value(arg: Constant): bigint {
    if (typeof arg === "number" || typeof arg === "bigint") return BigInt.asIntN(64, BigInt(arg));
    if (typeof arg === "string") return this.#string(arg);
    if (arg instanceof Uint8Array) return this.#place(arg);
    const known = this.#arrays.get(arg);
    if (known !== undefined) return known;
    const pointers = new BigInt64Array(arg.length + 1);
    for (const [index, text] of arg.entries()) pointers[index] = this.#string(text);
    const address = this.#place(new Uint8Array(pointers.buffer));
    this.#arrays.set(arg, address);
    return address;
  }

  bytes(): Uint8Array {
    const all = new Uint8Array(this.#length - this.#start);
    let offset = 0;
    for (const chunk of this.#chunks) {
      all.set(chunk, offset);
      offset += (chunk.length + 7) & ~7;
    }
    return all;
  }

  #string(text: string): bigint {
    let address = this.#strings.get(text);
    if (address === undefined) {
      if (text.includes("\0"))
        throw new RangeError(
          `${JSON.stringify(text)} cannot be passed to a command: it holds a NUL byte`,
        );
      address = this.#place(bytesOfText(`${text}\0`));
      this.#strings.set(text, address);
    }
    return address;
  }

  #place(bytes: Uint8Array): bigint {
    const address = this.#base + this.#length;
    this.#chunks.push(bytes);
    this.#length += (bytes.length + 7) & ~7;
    return BigInt(address);
  }
}
