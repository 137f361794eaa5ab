import { Failure } from "../failure.ts";
import type { GuestPrograms } from "../machine/initramfs.ts";

/**
 * The programs that the build has compiled and embedded as NAME-ARCHITECTURE (apps/init/src/main.ts).
 * Rejects with Failure "internal".
 */
export const embeddedPrograms: GuestPrograms = async (name, arch) => {
  for (const file of Bun.embeddedFiles)
    if ("name" in file && file.name === `${name}-${arch}`)
      return new Uint8Array(await file.arrayBuffer());
  throw new Failure(
    "internal",
    "this vimto carries no guest init, as it is not the compiled one; run ./scripts/build and use dist/vimto",
  );
};
