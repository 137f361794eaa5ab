/**
 * main.ts ARCHITECTURE DIRECTORY: compiles guest init and modprobe, static executables without libraries, to
 * vimto-init-ARCHITECTURE and vimto-modprobe-ARCHITECTURE. The same sources give the same bytes everywhere.
 * vimto-init-places-ARCHITECTURE tells the lines of the sources that the code of guest init comes from.
 */
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Executable, emit } from "@vimto/asm";
import type { Architecture } from "@vimto/linux";
import { bootMoments, PROTOCOL_VERSION } from "@vimto/protocol/frames";
import { version } from "../package.json";
import { guestInit } from "./init.ts";
import { modprobe } from "./modprobe/modprobe.ts";
import { placeInSources, placesText } from "./place.ts";

/** What guest init says of itself; the kernel's release is added when it runs. */
export const helloFields = (arch: Architecture) =>
  ({ kind: "hello", version: PROTOCOL_VERSION, arch, guestInit: version }) as const;

export const compiled = (arch: Architecture): Executable =>
  emit(guestInit(arch, helloFields(arch), bootMoments.length, { place: placeInSources }), arch);

export const compiledModprobe = (arch: Architecture): Executable => emit(modprobe(), arch);

if (import.meta.main) {
  const [arch, directory] = process.argv.slice(2);
  if ((arch !== "x86_64" && arch !== "aarch64") || directory === undefined) {
    process.stderr.write("usage: main.ts x86_64|aarch64 DIRECTORY\n");
    process.exit(2);
  }
  const init = compiled(arch);
  for (const [name, { bytes }] of [
    ["vimto-init", init],
    ["vimto-modprobe", compiledModprobe(arch)],
  ] as const) {
    const path = join(directory, `${name}-${arch}`);
    writeFileSync(path, bytes);
    chmodSync(path, 0o755);
  }
  writeFileSync(join(directory, `vimto-init-places-${arch}`), placesText(init));
}
