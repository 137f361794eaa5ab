/**
 * A part of the machine as a value: what it adds to QEMU's command line and to the kernel's.
 * Devices hold no state and do no I/O; the same values always give the same command line.
 */
export type Device = {
  readonly qemu: readonly string[];
  readonly kernel: readonly string[];
};

export const device = (qemu: readonly string[], kernel: readonly string[] = []): Device => ({
  qemu,
  kernel,
});
