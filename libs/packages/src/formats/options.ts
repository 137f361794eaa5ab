export type UnpackOptions = {
  /** Bytes of one long name or one block of pax records. */
  readonly headerBytes: number;
  /** Names the package in errors: `package "linux-image-amd64"`. */
  readonly what: string;
  readonly signal?: AbortSignal | undefined;
  /** Hears which packages of kernels and modules a .deb depends on. */
  readonly onDepends?: (packages: readonly string[]) => void;
};
