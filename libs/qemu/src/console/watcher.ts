import { type Clues, type ConsoleEnding, judgeHalt, judgePanic } from "./ending.ts";
import {
  isFault,
  kernelText,
  type OomKill,
  parseFrame,
  parseOomKill,
  parseOomWant,
  parseTask,
  type Task,
} from "./kernel-line.ts";

export const traceLimit = 12;
const oomKillLimit = 16;

const panicPrefix = "Kernel panic - not syncing: ";
const unpackingPrefix = "Initramfs unpacking failed: ";
// The frames by which every panic gets to its message; they say nothing about its cause.
const plumbing = new Set([
  "dump_stack_lvl",
  "dump_stack",
  "dump_backtrace",
  "show_stack",
  "panic",
  "vpanic",
]);
// The end of a panic's own output. With panic_print the whole log follows, the panic once more in it.
const panicEnd = /^(?:---\[ end Kernel panic|Kernel Offset: |Linux version |Booting Linux on )/;

/** Of a whole line, as arch/x86/boot/compressed/error.c writes it: what the kernel prints later has a time before it. */
const isHalt = (line: string): boolean => /^ -- System halted\s*$/.test(line);

/** A task and a call trace, as an oops or a panic prints them. */
class Report {
  task: Task | undefined;
  readonly trace: string[] = [];
  #tracing = false;

  push(text: string): void {
    this.task ??= parseTask(text);
    if (/^Call [Tt]race:/.test(text)) this.#tracing = this.trace.length === 0;
    // The registers of user space, or the oops's end, stand behind the trace.
    else if (/^(?:RIP: |Code: |---\[ end)/.test(text)) this.#tracing = false;
    const frame = this.#tracing ? parseFrame(text) : undefined;
    if (frame && !plumbing.has(frame) && this.trace.length < traceLimit) this.trace.push(frame);
  }
}

type Fault = { readonly text: string; readonly report: Report; closed: boolean };

/**
 * Watches a console's clean lines for the end of the kernel. Feed it every line as it comes: it keeps
 * the first reason, in bounded memory, however long the log is.
 */
export class ConsoleWatcher {
  #panic: { readonly reason: string; readonly report: Report } | undefined;
  #halt: string | undefined;
  #fault: Fault | undefined;
  #initramfs: string | undefined;
  #init: string | undefined;
  #oomWant: OomKill["of"] | undefined;
  #oomKills: readonly OomKill[] = [];
  #lastText = "";
  #over = false;

  push(line: string): void {
    if (this.#over) return;
    const text = kernelText(line);
    if (this.#panic) {
      if (panicEnd.test(text)) this.#over = true;
      else this.#panic.report.push(text);
    } else if (isHalt(line)) this.#stop();
    else this.#beforePanic(text);
    if (text.trim() !== "") this.#lastText = text.trim();
  }

  /**
   * Takes the line that is not complete yet, as often as it grows: the decompressor's last words have
   * no line feed, and the machine hangs after them.
   */
  pushUnfinished(line: string): void {
    if (!this.#over && !this.#panic && isHalt(line)) this.#stop();
  }

  /** The ending so far. Its task and trace fill up with the lines that follow the first. */
  get ending(): ConsoleEnding | undefined {
    if (this.#halt !== undefined) {
      return { ...judgeHalt(this.#halt), reason: this.#halt, task: undefined, trace: [] };
    }
    if (!this.#panic) return undefined;
    const { reason } = this.#panic;
    const fault = this.#faultBehind(reason);
    // After an oops a panic prints no trace of its own (kernel/panic.c, TAINT_DIE).
    const { task, trace } = fault?.report ?? this.#panic.report;
    const clues: Clues = {
      fault: fault?.text,
      task,
      initramfs: this.#initramfs,
      init: this.#init,
    };
    return { ...judgePanic(reason, clues), reason, task, trace: [...trace] };
  }

  /** Whether the decompressor has halted the machine, which QEMU does not learn of. */
  get halted(): boolean {
    return this.#halt !== undefined;
  }

  /** The last processes that the kernel killed for want of memory; no ending by itself. */
  get oomKills(): readonly OomKill[] {
    return this.#oomKills;
  }

  /** What the kernel said when it could not unpack the initramfs; it goes on with what it has. */
  get initramfsFailure(): string | undefined {
    return this.#initramfs;
  }

  #beforePanic(text: string): void {
    this.#oomWant = parseOomWant(text) ?? this.#oomWant;
    const kill = parseOomKill(text, this.#oomWant);
    if (kill) this.#oomKills = [...this.#oomKills, kill].slice(-oomKillLimit);
    else if (text.startsWith(panicPrefix)) {
      this.#panic = { reason: text.slice(panicPrefix.length).trim(), report: new Report() };
    } else if (text.startsWith(unpackingPrefix)) {
      this.#initramfs ??= text.slice(unpackingPrefix.length).trim();
    } else if (text.startsWith("Failed to execute /init ")) this.#init ??= text.trim();
    else if (isFault(text) && (!this.#fault || this.#fault.closed)) {
      this.#fault = { text: text.trim(), report: new Report(), closed: false };
    }
    this.#followFault(text);
  }

  #stop(): void {
    this.#halt = this.#lastText;
    this.#over = true;
  }

  #followFault(text: string): void {
    if (!this.#fault || this.#fault.closed) return;
    this.#fault.report.push(text);
    if (text.startsWith("---[ end trace")) this.#fault.closed = true;
  }

  /** The oops that a panic is about; earlier ones only killed a process. */
  #faultBehind(reason: string): Fault | undefined {
    if (reason.includes("Fatal exception")) return this.#fault;
    const pid = this.#fault?.report.task?.pid;
    if (reason.startsWith("Attempted to kill the idle task"))
      return pid === 0 ? this.#fault : undefined;
    if (reason.startsWith("Attempted to kill init")) return pid === 1 ? this.#fault : undefined;
    return undefined;
  }
}
