import type { Builder } from "@vimto/asm";
import { say } from "./console.ts";

const REBOOT_MAGIC = [0xfee1dead, 672274793] as const;
const POWER_OFF = 0x4321fedc;
/** Ctrl-Alt-Del does not restart the machine, which has no keyboard. */
const CAD_OFF = 0;

/** Says why on the console, and powers the machine off. */
export function fail(p: Builder, sentence: string): void {
  say(p, sentence);
  powerOff(p);
}

export function powerOff(p: Builder): void {
  p.syscall("sync");
  p.loop(() => {
    p.syscall("reboot", REBOOT_MAGIC[0], REBOOT_MAGIC[1], POWER_OFF, 0);
  });
}

/**
 * Returns when nothing else powers the machine off or restarts it at this moment, else never: reboot(2) takes
 * system_transition_mutex (kernel/reboot.c) for every order. A machine on its way down removes its devices
 * first; a role that loses the port then is not a failure of guest init.
 */
export function waitForOthersToPowerOff(p: Builder): void {
  p.syscall("reboot", REBOOT_MAGIC[0], REBOOT_MAGIC[1], CAD_OFF, 0);
}
