/**
 * A console line without what printk puts in front: the level where it is shown, the time, and the
 * caller (CONFIG_PRINTK_CALLER): `<4>[    1.404593][    T1] text`. kernel/printk/printk.c.
 */
export const kernelText = (line: string): string =>
  line.replace(/^(?:<\d+>)?(?:\[ *\d+\.\d+\])?(?:\[ *[TC]\d+\])? ?/, "");

/** A process that the kernel killed for want of memory: the machine's, or its cgroup's share. */
export type OomKill = Task & { readonly of: "machine" | "cgroup" };

const WANT = /^(Memory cgroup out of memory|Out of memory)[^:]*: (?:Kill|Killed) process \d+ /;
const KILLED = /^(?:[^:]*: )?Killed process (\d+) \((.*)\),? (?:UID|total-vm)\b/;

/**
 * What is out of memory, in a line that says so; Linux 4.19 says it in a line of its own, before it chooses the
 * process.
 */
export function parseOomWant(text: string): OomKill["of"] | undefined {
  const match = WANT.exec(text);
  return match ? (match[1] === "Out of memory" ? "machine" : "cgroup") : undefined;
}

/**
 * Linux 5.4: "Out of memory: Killed process 33 (name) total-vm:...". Linux 4.19: "Killed process 33 (name)
 * total-vm:...", behind a line with `want`, which may name the parent of that process (mm/oom_kill.c of both,
 * oom_kill_process and __oom_kill_process).
 */
export function parseOomKill(text: string, want: OomKill["of"] | undefined): OomKill | undefined {
  const match = KILLED.exec(text);
  if (!match) return undefined;
  const of = parseOomWant(text) ?? want ?? "machine";
  return { pid: Number(match[1]), name: match[2] ?? "", of };
}

/** A process or kernel thread. */
export type Task = { readonly pid: number; readonly name: string };

/** "CPU: 0 UID: 0 PID: 1 Comm: init Not tainted 6.12.117 #1" (lib/dump_stack.c). */
export function parseTask(text: string): Task | undefined {
  const match = /^CPU: \d+ .*?PID: (\d+) Comm: (.{1,15}?) (?:Kdump: |Not tainted|Tainted: )/.exec(
    text,
  );
  return match ? { pid: Number(match[1]), name: match[2] ?? "" } : undefined;
}

/** The function of one line of a call trace; undefined for guesses ("? name") and other lines. */
export const parseFrame = (text: string): string | undefined =>
  /^ *([\w.]+)\+0x[0-9a-f]+\/0x[0-9a-f]+/.exec(text)?.[1];

/** The first line of an oops: what went wrong, before the kernel decided to panic over it. */
export const isFault = (text: string): boolean =>
  /^(?:BUG: (?:kernel NULL|unable to handle|stack guard)|Unable to handle kernel|kernel BUG at|general protection fault|Oops: |Internal error: |divide error: |invalid opcode: )/.test(
    text,
  );
