/**
 * main.ts ARCHITECTURE FILE: compiles guest init, a static executable without libraries, to FILE. The
 * same sources give the same bytes everywhere.
 */
import { chmodSync, writeFileSync } from "node:fs";
import { type Architecture, emit } from "@vimto/native";
import { bootMoments, PROTOCOL_VERSION } from "@vimto/protocol/frames";
import { version } from "../package.json";
import { guestInit } from "./init.ts";

/** What guest init says of itself; the kernel's release is added when it runs. */
export const helloFields = (arch: Architecture) =>
  ({ kind: "hello", version: PROTOCOL_VERSION, arch, guestInit: version }) as const;

export const compiled = (arch: Architecture): Uint8Array =>
  emit(guestInit(helloFields(arch), bootMoments.length), arch).bytes;

if (import.meta.main) {
  const [arch, file] = process.argv.slice(2);
  if ((arch !== "x86_64" && arch !== "aarch64") || file === undefined) {
    process.stderr.write("usage: main.ts x86_64|aarch64 FILE\n");
    process.exit(2);
  }
  writeFileSync(file, compiled(arch));
  chmodSync(file, 0o755);
}
