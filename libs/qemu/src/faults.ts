import type { Architecture } from "@vimto/linux";
import type { Accelerator } from "./architecture.ts";
import { isAtLeast, type Version } from "./version.ts";

/** Faults of QEMU's emulation that a machine goes around, by the architecture of the guest and the release that mends each. */
const faults = {
  /**
   * cmpxchg16b takes flags from a wrong place until an instruction sets others
   * (target/i386/tcg/translate.c, gen_helper_cmpxchg16b_unlocked). An interrupt at that moment saves them, and
   * the kernel returns from it with a trap flag or a nested task, and panics. Its allocator uses the
   * instruction all the time.
   */
  lostFlags: { architecture: "x86_64", mended: { major: 8, minor: 0, micro: 0 } },
  /**
   * A processor translates code that another one writes at that moment, and keeps what was there before
   * (accel/tcg/translate-all.c, tb_gen_code; mended by "accel/tcg: Always lock pages before translation"). The kernel
   * changes its own code by way of an int3 (arch/x86/kernel/alternative.c, text_poke_bp), and panics where that stays.
   */
  staleCode: { architecture: "x86_64", mended: { major: 8, minor: 1, micro: 0 } },
} as const;

/** What emulates a guest, and which; a QEMU of unknown version has no faults. */
export type Emulation = {
  readonly architecture: Architecture;
  readonly accelerator: Accelerator;
  readonly version?: Version | undefined;
};

export function hasFault(
  name: keyof typeof faults,
  { architecture, accelerator, version }: Emulation,
): boolean {
  const fault = faults[name];
  if (architecture !== fault.architecture || accelerator !== "tcg") return false;
  return version !== undefined && !isAtLeast(version, fault.mended);
}
