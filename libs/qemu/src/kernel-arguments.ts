import type { Architecture } from "@vimto/linux";

/**
 * The kernel arguments that vimto adds for speed and for failing loudly, apart from those that devices bring.
 * They do not change what a user would test: mitigations, security modules and audit stay as the kernel has
 * them. Names are those of Documentation/admin-guide/kernel-parameters.txt.
 */
export function kernelArguments(architecture: Architecture): readonly string[] {
  return [...everywhere, ...byArchitecture[architecture]];
}

const everywhere = [
  // The serial port takes one trap a character: messages below "error" stay in the log buffer.
  "quiet",
  // Reboot at once on a panic; with -no-reboot that ends QEMU. The default is to hang for ever.
  "panic=-1",
  // Bit 5: print the whole log buffer on a panic, which makes up for "quiet" (kernel/panic.c).
  "panic_print=0x20",
  // The root file system is a ramfs. As a tmpfs, the default, it would hold half of the memory at
  // most, and the initramfs might not fit (init/do_mounts.c init_rootfs).
  "rootfstype=ramfs",
  // md waits for every device probe to end before it looks for arrays; the guest has no arrays.
  "raid=noautodetect",
  // Known-answer tests of every cipher as it registers: pure computation, so slow under TCG.
  "cryptomgr.notests",
  // RCU grace periods of microseconds instead of milliseconds: mounts and module loads wait for them.
  "rcupdate.rcu_expedited=1",
  // Let the processor's random instruction initialise the generator: getrandom() would block in a
  // machine that has no other source (drivers/char/random.c; the default depends on the kernel).
  "random.trust_cpu=on",
] as const;

const byArchitecture: Readonly<Record<Architecture, readonly string[]>> = {
  x86_64: [
    // No keyboard, no mouse: do not wait for their controller to answer.
    "i8042.noaux",
    "i8042.nokbd",
    // The check whether the timer interrupt is wired counts ticks in a busy loop, which a loaded host
    // fails by chance: "IO-APIC + timer doesn't work!" (arch/x86/kernel/apic/io_apic.c).
    "no_timer_check",
    // The watchdog that compares clocks takes a host that was busy, or a machine that was saved and
    // resumed, for a broken TSC and falls back to a slow clock.
    "tsc=reliable",
  ],
  aarch64: [],
};
