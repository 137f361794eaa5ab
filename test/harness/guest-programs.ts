import type { GuestPrograms } from "../../apps/host/src/machine/initramfs.ts";
import { compiled } from "../../apps/init/src/main.ts";
import { placesText } from "../../apps/init/src/place.ts";
import { keepCore } from "../../apps/init/src/roles/keep-core.ts";
import { emit } from "../../libs/asm/src/emit.ts";

/** The programs of guest init as they are compiled from the sources: `dist/vimto` has them inside. */
export const guestPrograms: GuestPrograms = {
  program: async (name, arch) =>
    name === "vimto-init" ? compiled(arch).bytes : emit(keepCore(), arch).bytes,
  places: async (arch) => placesText(compiled(arch)),
};
