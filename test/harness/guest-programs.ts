import type { GuestPrograms } from "../../apps/host/src/machine/initramfs.ts";
import { compiled } from "../../apps/init/src/main.ts";
import { placesText } from "../../apps/init/src/place.ts";

/** Guest init as it is compiled from the sources: `dist/vimto` has it inside. */
export const guestPrograms: GuestPrograms = {
  init: async (arch) => compiled(arch).bytes,
  places: async (arch) => placesText(compiled(arch)),
};
