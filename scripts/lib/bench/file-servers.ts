import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../../test/harness/place.ts";

/** A way in which shares reach the guest. */
export type FilesWay = {
  readonly name: string;
  readonly fs: "9p" | "virtiofs";
  readonly environment: Readonly<Record<string, string>>;
};

const INSIDE = "usr/libexec/virtiofsd";

/** 9p; this host's virtiofsd; and that of each root that scripts/test-elsewhere has made. */
export function filesWays(directory: string): readonly FilesWay[] {
  return [
    { name: "9p", fs: "9p", environment: {} },
    { name: "virtiofs", fs: "virtiofs", environment: {} },
    ...elsewhere().map((suite) => ({
      name: `virtiofs of ${suite}`,
      fs: "virtiofs" as const,
      environment: { VIMTO_VIRTIOFSD: wrapper(directory, suite) },
    })),
  ];
}

const roots = join(root, ".cache/roots");

function elsewhere(): readonly string[] {
  if (!existsSync(roots)) return [];
  return readdirSync(roots).filter((suite) => existsSync(join(roots, suite, INSIDE)));
}

/** A program that runs the virtiofsd of another root with the libraries of that root. */
function wrapper(directory: string, suite: string): string {
  const path = join(directory, `virtiofsd-${suite}`);
  const top = join(roots, suite);
  const libraries = ["lib", "usr/lib"].flatMap((lib) =>
    ["x86_64-linux-gnu", "aarch64-linux-gnu"].map((triplet) => join(top, lib, triplet)),
  );
  const loader = ["lib64/ld-linux-x86-64.so.2", "lib/ld-linux-aarch64.so.1"]
    .map((file) => join(top, file))
    .find(existsSync);
  writeFileSync(
    path,
    `#!/bin/sh\nexec '${loader}' --library-path '${libraries.join(":")}' '${join(top, INSIDE)}' "$@"\n`,
    { mode: 0o755 },
  );
  return path;
}
