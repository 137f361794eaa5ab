import type { GuestPrograms } from "../../apps/host/src/machine/initramfs.ts";
import { compiled } from "../../apps/init/src/main.ts";
import { emit, keepCore } from "../../libs/native/src/index.ts";

/** The programs of guest init as they are compiled from the sources: `dist/vimto` has them inside. */
export const guestPrograms: GuestPrograms = async (name, arch) =>
  name === "vimto-init" ? compiled(arch) : emit(keepCore(), arch).bytes;
