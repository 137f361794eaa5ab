import { Failure } from "../failure.ts";
import type { GuestPrograms } from "../machine/initramfs.ts";

/** What the build has compiled and embedded (scripts/build). Rejects with Failure "internal". */
export const embeddedPrograms: GuestPrograms = {
  init: async (arch) => new Uint8Array(await (await embedded(`vimto-init-${arch}`)).arrayBuffer()),
  modprobe: async (arch) =>
    new Uint8Array(await (await embedded(`vimto-modprobe-${arch}`)).arrayBuffer()),
  places: async (arch) => (await embedded(`vimto-init-places-${arch}`)).text(),
};

async function embedded(name: string): Promise<Blob> {
  for (const file of Bun.embeddedFiles) if ("name" in file && file.name === name) return file;
  throw new Failure(
    "internal",
    "this vimto carries no guest init, as it is not the compiled one; run ./scripts/build and use dist/vimto",
  );
}
