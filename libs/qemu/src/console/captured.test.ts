import { describe, expect, test } from "vitest";
import { readFixture } from "../testing/fixture.ts";
import type { ConsoleEnding } from "./ending.ts";
import { ConsoleLog } from "./log.ts";
import { ConsoleWatcher, traceLimit } from "./watcher.ts";

async function watch(name: string): Promise<ConsoleWatcher> {
  const log = new ConsoleLog();
  const watcher = new ConsoleWatcher();
  for (const line of log.push(await readFixture(name))) watcher.push(line);
  watcher.pushUnfinished(log.unfinished);
  return watcher;
}

const noInit =
  "No working init found.  Try passing init= option to kernel. See Linux Documentation/admin-guide/init.rst for guidance.";
const swapper = { pid: 1, name: "swapper/0" };
const init = { pid: 1, name: "init" };

describe("real consoles", () => {
  const cases: readonly [string, Omit<ConsoleEnding, "trace">, readonly string[]][] = [
    [
      "no-initramfs-6.1.txt",
      {
        code: "no-init",
        sentence:
          "the kernel found no initramfs (No working init found); it must be built with CONFIG_BLK_DEV_INITRD",
        reason: noInit,
        task: swapper,
      },
      ["kernel_init", "ret_from_fork"],
    ],
    [
      "no-initramfs-aarch64-6.1.txt",
      {
        code: "no-init",
        sentence:
          "the kernel found no initramfs (No working init found); it must be built with CONFIG_BLK_DEV_INITRD",
        reason: noInit,
        task: swapper,
      },
      ["kernel_init", "ret_from_fork"],
    ],
    [
      "no-root-6.12.txt",
      {
        code: "no-init",
        sentence:
          "the kernel found no initramfs (VFS: Unable to mount root fs on unknown-block(0,0)); it must be built with CONFIG_BLK_DEV_INITRD",
        reason: "VFS: Unable to mount root fs on unknown-block(0,0)",
        task: swapper,
      },
      [
        ...["mount_root_generic", "mount_root", "prepare_namespace", "kernel_init_freeable"],
        ...["kernel_init", "ret_from_fork", "ret_from_fork_asm"],
      ],
    ],
    [
      "init-not-elf-6.12.txt",
      {
        code: "no-init",
        sentence:
          "the kernel could not run the initramfs's init (Failed to execute /init (error -8)); it must be built for 64-bit ELF programs",
        reason: noInit,
        task: swapper,
      },
      ["kernel_init", "ret_from_fork", "ret_from_fork_asm"],
    ],
    [
      "initramfs-cut-6.12.txt",
      {
        code: "bad-initramfs",
        sentence:
          "the kernel could not unpack the initramfs (read error); raise --memory, or let vimto write it anew by emptying its cache",
        reason: noInit,
        task: swapper,
      },
      ["kernel_init", "ret_from_fork", "ret_from_fork_asm"],
    ],
    [
      "init-exit-6.12.txt",
      {
        code: "init-died",
        sentence: "the guest's first process ended with exit status 3, which ends a kernel",
        reason: "Attempted to kill init! exitcode=0x00000300",
        task: init,
      },
      [
        ...["do_exit", "do_group_exit", "__x64_sys_exit_group", "x64_sys_call"],
        ...["do_syscall_64", "entry_SYSCALL_64_after_hwframe"],
      ],
    ],
    [
      "init-segv-6.12.txt",
      {
        code: "init-died",
        sentence: "the guest's first process was killed by signal 11, which ends a kernel",
        reason: "Attempted to kill init! exitcode=0x0000000b",
        task: init,
      },
      [
        ...["do_exit", "do_group_exit", "get_signal", "arch_do_signal_or_restart"],
        ...["irqentry_exit_to_user_mode", "irqentry_exit", "exc_page_fault"],
        "asm_exc_page_fault",
      ],
    ],
    [
      "deadlocked-6.12.txt",
      {
        code: "out-of-memory",
        sentence: "the guest ran out of memory (System is deadlocked on memory); raise --memory",
        reason: "System is deadlocked on memory",
        task: init,
      },
      [
        ...["out_of_memory", "__alloc_pages_slowpath.constprop.0", "__alloc_pages_noprof"],
        ...["__folio_alloc_noprof", "__handle_mm_fault", "handle_mm_fault"],
        ...["do_user_addr_fault", "exc_page_fault", "asm_exc_page_fault"],
      ],
    ],
    [
      "sysrq-crash-debian-6.12.txt",
      {
        code: "panic",
        sentence: "the guest's kernel panicked in init (pid 1): sysrq triggered crash",
        reason: "sysrq triggered crash",
        task: init,
      },
      [
        ...["sysrq_handle_crash", "__handle_sysrq", "write_sysrq_trigger", "proc_reg_write"],
        ...["vfs_write", "ksys_write", "do_syscall_64", "entry_SYSCALL_64_after_hwframe"],
      ],
    ],
    [
      "oops-idle-6.12.txt",
      {
        code: "panic",
        sentence:
          "the guest's kernel panicked in swapper/0 (pid 0): BUG: kernel NULL pointer dereference, address: 0000000000000000, Attempted to kill the idle task!",
        reason: "Attempted to kill the idle task!",
        task: { pid: 0, name: "swapper/0" },
      },
      [
        ...["default_idle", "arch_cpu_idle", "default_idle_call", "do_idle", "cpu_startup_entry"],
        ...["rest_init", "start_kernel", "x86_64_start_reservations", "x86_64_start_kernel"],
        "common_startup_64",
      ],
    ],
    [
      "halted-6.1.txt",
      {
        code: "bad-kernel",
        sentence:
          "the kernel image does not unpack itself (XZ-compressed data is corrupt); it is damaged, get it again",
        reason: "XZ-compressed data is corrupt",
        task: undefined,
      },
      [],
    ],
    [
      "halted-6.12.txt",
      {
        code: "bad-kernel",
        sentence:
          "the kernel image does not unpack itself (ZSTD-compressed data is corrupt); it is damaged, get it again",
        reason: "ZSTD-compressed data is corrupt",
        task: undefined,
      },
      [],
    ],
  ];

  test.each(cases)("%s", async (name, ending, trace) => {
    const watcher = await watch(name);
    expect(watcher.ending).toEqual({ ...ending, trace });
  });

  test("memory that ran out on an arm kernel's thread", async () => {
    const { ending } = await watch("deadlocked-aarch64-6.1.txt");
    expect(ending).toMatchObject({ code: "out-of-memory", task: { pid: 9, name: "kworker/u2:0" } });
    expect(ending?.trace[0]).toBe("out_of_memory");
    expect(ending?.trace).toHaveLength(traceLimit);
  });

  test("killed processes and a short initramfs are no endings", async () => {
    const killed = await watch("oom-kill-6.12.txt");
    expect(killed.ending).toBeUndefined();
    expect(killed.oomKills).toEqual([{ pid: 33, name: "init", of: "machine" }]);
    const short = await watch("initramfs-no-room-6.12.txt");
    expect(short.ending).toBeUndefined();
    expect(short.initramfsFailure).toBe("write error");
  });
});
