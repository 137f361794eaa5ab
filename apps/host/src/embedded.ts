import type { Architecture } from "@vimto/native";
import { Failure } from "./failure.ts";

/**
 * Guest init for `arch`, a static executable: the build embeds one file named `vimto-init-ARCHITECTURE` for
 * each. In the sources VIMTO_GUEST_INIT names the file. Throws Failure "internal".
 */
export async function guestInit(arch: Architecture): Promise<Uint8Array> {
  const name = `vimto-init-${arch}`;
  for (const file of Bun.embeddedFiles)
    if ("name" in file && file.name === name) return new Uint8Array(await file.arrayBuffer());
  const development = process.env.VIMTO_GUEST_INIT;
  if (development === undefined)
    throw new Failure(
      "internal",
      "this vimto carries no guest init, as it is not the compiled one; run ./scripts/build and use dist/vimto",
    );
  return Bun.file(development).bytes();
}
