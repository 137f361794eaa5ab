import type { Architecture } from "@vimto/native";
import { Failure } from "./failure.ts";

/**
 * A static executable for guests of `arch`, which the build has compiled and embedded as NAME-ARCHITECTURE
 * (apps/init/src/main.ts). Throws Failure "internal".
 */
export async function guestProgram(
  name: "vimto-init" | "vimto-keep-core",
  arch: Architecture,
): Promise<Uint8Array> {
  for (const file of Bun.embeddedFiles)
    if ("name" in file && file.name === `${name}-${arch}`)
      return new Uint8Array(await file.arrayBuffer());
  throw new Failure(
    "internal",
    "this vimto carries no guest init, as it is not the compiled one; run ./scripts/build and use dist/vimto",
  );
}
