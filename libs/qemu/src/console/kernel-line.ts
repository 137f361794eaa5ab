/**
 * A console line without what printk puts in front: the level where it is shown, the time, and the
 * caller (CONFIG_PRINTK_CALLER): `<4>[    1.404593][    T1] text`. kernel/printk/printk.c.
 */
export const kernelText = (line: string): string =>
  line.replace(/^(?:<\d+>)?(?:\[ *\d+\.\d+\])?(?:\[ *[TC]\d+\])? ?/, "");

/** "Out of memory: Killed process 33 (name) ..." (mm/oom_kill.c); before Linux 5.1 without what is before it. */
export type OomKill = Task;

export function parseOomKill(text: string): OomKill | undefined {
  const match =
    /^(?:(?:Memory cgroup out of memory|Out of memory)[^:]*: )?Killed process (\d+) \((.*)\),? (?:UID|total-vm)\b/.exec(
      text,
    );
  return match ? { pid: Number(match[1]), name: match[2] ?? "" } : undefined;
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
