const MiB = 1024 * 1024;

/** Of one kernel; the largest of a distribution take a tenth. */
export const LIMITS = {
  entries: 200_000,
  unpackedBytes: 8 * 1024 * MiB,
  headerBytes: MiB,
} as const;
