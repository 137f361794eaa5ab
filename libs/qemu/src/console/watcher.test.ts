import { describe, expect, test } from "vitest";
import { describeWaitStatus } from "./ending.ts";
import { kernelText } from "./kernel-line.ts";
import { ConsoleWatcher } from "./watcher.ts";

function classifyConsole(lines: readonly string[]) {
  const watcher = new ConsoleWatcher();
  for (const line of lines) watcher.push(line);
  return watcher.ending;
}

describe("made-up consoles", () => {
  const oops = (pid: number, comm: string, cause: string, frame: string) => [
    `[    1.000000] ${cause}`,
    "[    1.000001] Oops: 0000 [#1] PREEMPT SMP",
    `[    1.000002] CPU: 0 PID: ${pid} Comm: ${comm} Kdump: loaded Tainted: G      D  6.1.0 #1`,
    "[    1.000003] Call Trace:",
    "[    1.000004]  <TASK>",
    `[    1.000005]  ${frame}+0x1/0x20 [module]`,
    "[    1.000006]  </TASK>",
    "[    1.000007] ---[ end trace 0000000000000000 ]---",
  ];
  const null0 = "BUG: kernel NULL pointer dereference, address: 0000000000000000";
  const null8 = "BUG: kernel NULL pointer dereference, address: 0000000000000008";

  test("the last oops is the one behind a fatal exception", () => {
    const ending = classifyConsole([
      ...oops(20, "first task", null0, "one"),
      ...oops(30, "second", null8, "two"),
      "[    2.0] Kernel panic - not syncing: Fatal exception in interrupt",
    ]);
    expect(ending).toEqual({
      code: "panic",
      sentence: `the guest's kernel panicked in second (pid 30): ${null8}, Fatal exception in interrupt`,
      reason: "Fatal exception in interrupt",
      task: { pid: 30, name: "second" },
      trace: ["two"],
    });
  });

  test("an oops long ago is not behind init's end or a crash on demand", () => {
    const before = oops(20, "some task", null0, "one");
    expect(
      classifyConsole([
        ...before,
        "[    2.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100",
      ]),
    ).toMatchObject({ code: "init-died", task: undefined, trace: [] });
    expect(
      classifyConsole([...before, "[    2.0] Kernel panic - not syncing: sysrq triggered crash"]),
    ).toMatchObject({ sentence: "the guest's kernel panicked: sysrq triggered crash" });
    expect(
      classifyConsole([
        ...oops(1, "init", null0, "one"),
        "[    2.0] Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000009",
      ]),
    ).toMatchObject({ code: "panic", task: { pid: 1, name: "init" }, trace: ["one"] });
  });

  test("only the first panic counts", () => {
    const lines = ["a", "b", "a"].map((reason) => `Kernel panic - not syncing: ${reason}`);
    expect(classifyConsole(lines)?.reason).toBe("a");
  });

  test("the decompressor's lack of memory", () => {
    // lib/decompress_unzstd.c
    expect(
      classifyConsole(["", "Out of memory while allocating zstd_dctx", "", " -- System halted"]),
    ).toMatchObject({
      code: "out-of-memory",
      sentence:
        "the guest has too little memory to unpack its kernel (Out of memory while allocating zstd_dctx); raise --memory",
    });
  });

  test("last words that grow are no reason of their own", () => {
    const watcher = new ConsoleWatcher();
    watcher.push("XZ-compressed data is corrupt");
    for (const part of [" -- Sys", " -- System halt", " -- System halted"]) {
      expect(watcher.ending).toBeUndefined();
      watcher.pushUnfinished(part);
    }
    expect(watcher.ending?.reason).toBe("XZ-compressed data is corrupt");
  });

  test("a program of the guest that writes such words halts nothing", () => {
    const watcher = new ConsoleWatcher();
    watcher.push("[    3.012345]  -- System halted");
    watcher.push("-- System halted");
    expect(watcher.halted).toBe(false);
  });

  test("panic_on_oom", () => {
    expect(
      classifyConsole([
        "Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled",
      ])?.code,
    ).toBe("out-of-memory");
  });

  test("names of killed processes may hold anything; the last sixteen are kept", () => {
    const watcher = new ConsoleWatcher();
    for (let pid = 1; pid <= 20; pid++) {
      watcher.push(
        `Memory cgroup out of memory: Killed process ${pid} (a) (b) total-vm:1kB, anon-rss:1kB`,
      );
    }
    expect(watcher.oomKills).toHaveLength(16);
    expect(watcher.oomKills.at(-1)).toEqual({ pid: 20, name: "a) (b", of: "cgroup" });
  });

  // mm/oom_kill.c, oom_kill_process and __oom_kill_process, of Linux 4.19 and 5.4.
  test.each([
    [
      "4.19",
      "machine",
      [
        "[    9.0] Out of memory: Kill process 80 (tail) score 900 or sacrifice child",
        "[    9.1] Killed process 81 (tail) total-vm:60000kB, anon-rss:50000kB, file-rss:4kB, shmem-rss:0kB",
      ],
    ],
    [
      "4.19",
      "cgroup",
      [
        "[    8.0] Out of memory: Kill process 7 (gone) score 900 or sacrifice child",
        "[    9.0] Memory cgroup out of memory: Kill process 80 (sh) score 900 or sacrifice child",
        "[    9.1] Killed process 81 (tail) total-vm:60000kB, anon-rss:50000kB, file-rss:4kB, shmem-rss:0kB",
      ],
    ],
    [
      "5.4",
      "machine",
      [
        "[    9.1] Out of memory: Killed process 81 (tail) total-vm:60000kB, anon-rss:50000kB, file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:88kB oom_score_adj:0",
      ],
    ],
    [
      "5.4",
      "cgroup",
      [
        "[    9.1] Memory cgroup out of memory: Killed process 81 (tail) total-vm:60000kB, anon-rss:50000kB, file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:88kB oom_score_adj:0",
      ],
    ],
    [
      "5.4",
      "machine",
      [
        "[    9.1] Out of memory (oom_kill_allocating_task): Killed process 81 (tail) total-vm:60000kB, anon-rss:50000kB, file-rss:4kB, shmem-rss:0kB, UID:0 pgtables:88kB oom_score_adj:0",
      ],
    ],
  ] as const)("a process that Linux %s killed for want of memory of the %s", (_, of, lines) => {
    const watcher = new ConsoleWatcher();
    for (const line of lines) watcher.push(line);
    expect(watcher.oomKills).toEqual([{ pid: 81, name: "tail", of }]);
  });

  test("an ordinary boot has no ending", () => {
    expect(
      classifyConsole(["[    0.000000] Linux version 6.1", "reboot: Power down"]),
    ).toBeUndefined();
  });
});

test.each([
  ["[    1.404593] text", "text"],
  ["[12345.404593][    T1] text", "text"],
  ["<4>[    1.404593]  text", " text"],
  ["text", "text"],
])("printk's %j says %j", (line, text) => {
  expect(kernelText(line)).toBe(text);
});

test.each([
  [0x300, "ended with exit status 3"],
  [0x0b, "was killed by signal 11"],
  [0x8b, "was killed by signal 11"],
])("wait status %d", (status, text) => {
  expect(describeWaitStatus(status)).toBe(text);
});
