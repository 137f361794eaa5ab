/** What a kernel may cost before it is refused. */
export type Limits = {
  /** Bytes of one InRelease file; Ubuntu's have 256 KB. */
  readonly releaseBytes: number;
  /** Entries in all packages of a kernel together. */
  readonly entries: number;
  /** Bytes of all files together; Debian's kernels have some 500 MB. */
  readonly unpackedBytes: number;
  /** Bytes of one long name or one block of pax records. */
  readonly headerBytes: number;
};

const MiB = 1024 * 1024;

export const DEFAULT_LIMITS: Limits = {
  releaseBytes: 8 * MiB,
  entries: 200_000,
  unpackedBytes: 8 * 1024 * MiB,
  headerBytes: MiB,
};
