import { STAGE0_CLOCK } from "../clock.ts";
import { at, Builder, type Program } from "../program.ts";

export type Stage0 = {
  /** Path of guest init in the initramfs. */
  readonly init: string;
  /** Its environment, NAME=value. */
  readonly environment: readonly string[];
};

const O_WRONLY_CREAT = 0o101;
const O_WRONLY = 1;
const AT_FDCWD = -100;
const CLOCK_MONOTONIC = 1;
const SIGCHLD = 17;
const REBOOT_MAGIC = [0xfee1dead, 672274793] as const;
const POWER_OFF = 0x4321fedc;

/** What stage-0 writes to the console when guest init is gone; a wait(2) status in hexadecimal follows. */
export const STAGE0_ENDED = "vimto: guest init ended, wait status 0x";
/** What it writes when guest init cannot be started; the errno in hexadecimal follows. */
export const STAGE0_NOT_STARTED = "vimto: guest init cannot be started, errno 0x";
/**
 * `/init` of the initramfs, process 1: mounts what a Bun program needs to start, starts guest init,
 * reaps whatever is orphaned, and powers the machine off when guest init is gone.
 */
export function stage0({ init, environment }: Stage0): Program {
  const p = new Builder();
  const clock = p.buffer(16);
  p.syscall("clock_gettime", CLOCK_MONOTONIC, clock);

  for (const [type, directory] of [
    ["proc", "/proc"],
    ["sysfs", "/sys"],
    ["devtmpfs", "/dev"],
  ] as const) {
    const name = p.text(type);
    p.syscall("mount", name, p.text(directory), name, 0, 0);
  }

  const file = p.variable();
  p.set(file, p.syscall("openat", AT_FDCWD, p.text(STAGE0_CLOCK), O_WRONLY_CREAT, 0o400));
  p.syscall("write", file, clock, 16);
  p.syscall("close", file);

  const argv = p.buffer(16);
  p.store(8, argv, p.text(init));
  const envp = p.buffer(8 * (environment.length + 1));
  for (const [index, variable] of environment.entries())
    p.store(8, at(envp, 8 * index), p.text(variable));

  const say = (message: string, value: typeof file) => {
    const text = p.text(message);
    const console = p.variable();
    p.set(console, p.syscall("openat", AT_FDCWD, p.text("/dev/console"), O_WRONLY, 0));
    p.syscall("write", console, text, message.length);
    const digit = p.variable();
    const byte = p.buffer(1);
    for (const shift of [12, 8, 4, 0]) {
      p.math(digit, value, "shr", shift);
      p.math(digit, digit, "and", 15);
      p.when(
        digit,
        "<",
        10,
        () => p.math(digit, digit, "add", 0x30),
        () => p.math(digit, digit, "add", 0x57),
      );
      p.store(1, byte, digit);
      p.syscall("write", console, byte, 1);
    }
    p.syscall("write", console, p.text("\n"), 1);
  };

  const child = p.variable();
  p.set(child, p.syscall("clone", SIGCHLD, 0, 0, 0, 0));
  p.when(child, "==", 0, () => {
    p.syscall("setsid");
    const error = p.variable();
    p.set(error, p.syscall("execve", p.text(init), argv, envp));
    p.math(error, 0, "sub", error);
    say(STAGE0_NOT_STARTED, error);
    p.exit(127);
  });

  const status = p.buffer(8);
  p.loop((leave) => {
    const ended = p.syscall("wait4", -1, status, 0, 0);
    p.when(ended, "==", child, leave);
    p.when(ended, "==", -10, leave);
  });
  const value = p.variable();
  p.load(value, 4, status);
  say(STAGE0_ENDED, value);
  p.syscall("sync");
  p.loop(() => {
    p.syscall("reboot", REBOOT_MAGIC[0], REBOOT_MAGIC[1], POWER_OFF, 0);
  });
  return p.build();
}
