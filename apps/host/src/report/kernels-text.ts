import { sizeText, table } from "./table-text.ts";

/** A kernel of an archive, as `vimto kernels` shows it. */
export type ShownKernel = {
  readonly name: string;
  /** As uname -r prints it. */
  readonly release: string;
  readonly suite: string;
  /** Bytes to fetch. */
  readonly size: number;
  readonly cached: boolean;
};

const HEAD = ["KERNEL", "RELEASE", "SUITE", "SIZE", "CACHE"];

/** A line a kernel. */
export const kernelsText = (kernels: readonly ShownKernel[]): string =>
  table(
    [
      HEAD,
      ...kernels.map(({ name, release, suite, size, cached }) => [
        name,
        release,
        suite,
        sizeText(size),
        cached ? "yes" : "",
      ]),
    ],
    [3],
  );
