import type { GuestPrograms } from "../../apps/host/src/machine/initramfs.ts";
import { compiled, compiledModprobe } from "../../apps/init/src/main.ts";
import { placesText } from "../../apps/init/src/place.ts";

/** What runs in the guest as it is compiled from the sources: `dist/vimto` has it inside. */
export const guestPrograms: GuestPrograms = {
  init: async (arch) => compiled(arch).bytes,
  modprobe: async (arch) => compiledModprobe(arch).bytes,
  places: async (arch) => placesText(compiled(arch)),
};
