/** Limits beyond which an image is refused. Each is checked before memory is allocated. */
export type Limits = {
  /** Bytes of one manifest or index; the distribution specification asks registries for 4 MiB. */
  readonly manifestBytes: number;
  /** Bytes of one image config. */
  readonly configBytes: number;
  readonly layers: number;
  /** Entries in all layers together. */
  readonly entries: number;
  /** Bytes of all files together, holes of sparse files included. */
  readonly unpackedBytes: number;
  /** Unpacked bytes per packed byte of one layer, once it has passed `ratioFloorBytes`. */
  readonly ratio: number;
  readonly ratioFloorBytes: number;
  /** Bytes of one long name or one block of pax records. */
  readonly headerBytes: number;
};

const MiB = 1024 * 1024;

export const DEFAULT_LIMITS: Limits = {
  manifestBytes: 4 * MiB,
  configBytes: 8 * MiB,
  layers: 256,
  entries: 1_000_000,
  unpackedBytes: 32 * 1024 * MiB,
  ratio: 200,
  ratioFloorBytes: 256 * MiB,
  headerBytes: MiB,
};
