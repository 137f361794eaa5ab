/** The file in the initramfs where stage-0 leaves when it began: a struct timespec of CLOCK_MONOTONIC. */
export const STAGE0_CLOCK = "/stage0.clock";
