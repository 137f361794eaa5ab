import type { Builder } from "@vimto/asm";
import { say } from "./console.ts";

const REBOOT_MAGIC = [0xfee1dead, 672274793] as const;
const POWER_OFF = 0x4321fedc;

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
