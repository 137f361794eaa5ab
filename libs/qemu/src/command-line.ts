import { type Board, board } from "./board.ts";
import type { Device } from "./device.ts";
import { entropy, incoming } from "./extras.ts";
import { kernelArguments } from "./kernel-arguments.ts";
import { mergeKernelArguments } from "./kernel-command-line.ts";
import { channel, monitor, serialConsole } from "./ports.ts";

/** What to boot. A clone that resumes needs the kernel, for its boot ROM, but no initramfs. */
export type Boot = {
  readonly kernel: string;
  readonly initramfs?: string | undefined;
  /** Kernel arguments of the user's own, as they would type them; they win over vimto's. */
  readonly append?: string | undefined;
};

export type Machine = {
  readonly board: Board;
  readonly boot: Boot;
  /** Numbers of the inherited stream sockets. */
  readonly descriptors: {
    readonly console: number;
    readonly monitor: number;
    readonly channel: number;
  };
  /** Parts of the machine that are its user's choice, in order. */
  readonly devices: readonly Device[];
  /** A virtio-rng device. */
  readonly entropy?: boolean | undefined;
  /** Wait for a saved state instead of booting. */
  readonly incoming?: boolean | undefined;
};

/** The machine's parts in the one order in which they appear on the command line. */
function allParts(machine: Machine): readonly Device[] {
  return [
    board(machine.board),
    serialConsole(machine.board.architecture, machine.descriptors.console),
    monitor(machine.descriptors.monitor),
    channel(machine.descriptors.channel),
    ...(machine.entropy ? [entropy()] : []),
    ...machine.devices,
    ...(machine.incoming ? [incoming()] : []),
  ];
}

/**
 * QEMU's arguments (without the program's name) and the kernel arguments among them. A pure function:
 * equal machines give equal text.
 *
 * Throws QemuError "bad-value" and "bad-kernel-arguments".
 */
export function commandLine(machine: Machine): {
  readonly arguments: readonly string[];
  readonly kernelArguments: string;
} {
  const parts = allParts(machine);
  const { architecture } = machine.board;
  const append = mergeKernelArguments({
    architecture,
    // "quiet" must come before "earlyprintk", or the first lines of the log are printed all the same.
    defaults: [...kernelArguments(architecture), ...parts.flatMap((part) => part.kernel)],
    append: machine.boot.append ?? "",
  });
  const { kernel, initramfs } = machine.boot;
  return {
    kernelArguments: append,
    arguments: [
      ...environment,
      ...parts.flatMap((part) => part.qemu),
      // -kernel, -initrd and -append are taken as they are, commas included (qemu-options.hx).
      "-kernel",
      kernel,
      ...(initramfs === undefined ? [] : ["-initrd", initramfs]),
      "-append",
      append,
    ],
  };
}

const environment = [
  // Neither /etc/qemu nor QEMU's default network card, display and CD-ROM shape the machine.
  "-no-user-config",
  "-nodefaults",
  // Not -nographic: that makes SeaBIOS write its banner and control codes to the serial console.
  "-display",
  "none",
  // A guest that reboots, as a panicking one does, ends QEMU.
  "-no-reboot",
];
