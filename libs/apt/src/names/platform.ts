import type { DebArchitecture } from "./distributions.ts";

/** The processor of the machine that runs this program. */
export function ownArchitecture(arch: string = process.arch): DebArchitecture {
  return arch === "arm64" ? "arm64" : "amd64";
}

/** As the store names platforms. */
export function platformOf(architecture: DebArchitecture): string {
  return `linux/${architecture}`;
}
