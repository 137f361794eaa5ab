import { Failure } from "../failure.ts";
import type { GuestPrograms } from "../machine/initramfs.ts";

/** What the build has compiled and embedded (scripts/build). Rejects with Failure "internal". */
export const embeddedPrograms: GuestPrograms = {
  init: async (arch) => new Uint8Array(await (await embedded(`vimto-init-${arch}`)).arrayBuffer()),
  modprobe: async (arch) =>
    new Uint8Array(await (await embedded(`vimto-modprobe-${arch}`)).arrayBuffer()),
  places: async (arch) => (await embedded(`vimto-init-places-${arch}`)).text(),
};

/**
 * The pages of docs/, by their names without ".md", in alphabetical order; empty in a vimto that runs from its
 * sources.
 */
export const embeddedPages = (): ReadonlyMap<string, Blob> =>
  new Map(
    Bun.embeddedFiles
      .flatMap((file): [string, Blob][] =>
        "name" in file && String(file.name).endsWith(".md")
          ? [[String(file.name).replace(/^.*\/|\.md$/g, ""), file]]
          : [],
      )
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

async function embedded(name: string): Promise<Blob> {
  for (const file of Bun.embeddedFiles) if ("name" in file && file.name === name) return file;
  throw new Failure(
    "internal",
    `this vimto was not built by ./scripts/build, and lacks ${name}; run that and use dist/vimto`,
  );
}
