import type { Entry, Layer } from "./origin.ts";
import type { Settings } from "./settings.ts";

/** Kernels that one place names together, before anything interprets their names. */
export type SeveralKernels = {
  /** As written, in order; each may stand for several. */
  readonly entries: readonly Entry[];
  /** What weaker places say of the kernel, for a `:TAG`. */
  readonly below: readonly Entry[];
  /**
   * The settings of one of them.
   *
   * @param named from the weakest to the strongest, as places name a kernel; the last may be a `:TAG`
   * @param differing what differs for this kernel; it beats the file
   */
  readonly settingsOf: (named: readonly Entry[], differing: Layer) => Settings;
};

/**
 * What the strongest place that names kernels says, if it names several, or may; undefined for a single kernel.
 *
 * @param layers from the weakest place to the strongest
 */
export function severalKernels(
  layers: readonly Layer[],
): Pick<SeveralKernels, "entries" | "below"> | undefined {
  const at = layers.findLastIndex((layer) => layer.has("kernel") || layer.has("kernels"));
  const layer = layers[at];
  const entries = layer?.get("kernels") ?? layer?.get("kernel") ?? [];
  const isList = layer?.has("kernels") === true;
  if (!isList && entries.length < 2 && !entries.some(({ text }) => mayBeSeveral(text)))
    return undefined;
  const weaker = layers.slice(0, at).flatMap((one) => one.get("kernel") ?? []);
  return { entries, below: isList ? [...weaker, ...(layer.get("kernel") ?? [])] : weaker };
}

/** A list of tags, a pattern, or a file of kernels: ":6.1,:6.6", "./kernels/*", "@kernels.txt". */
const mayBeSeveral = (text: string): boolean =>
  /^@|[*?[]/.test(text) || (text.startsWith(":") && text.includes(","));
