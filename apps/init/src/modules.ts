import { closeSync, openSync, readFileSync, unlinkSync } from "node:fs";
import { EEXIST, loadModule, SystemError } from "./syscalls.ts";

/** Written by the host: file names below the same directory, one a line, dependencies first. */
const DIRECTORY = "/vimto/modules";

/** Loads the kernel modules that the host put in the initramfs, and frees their memory. */
export function loadModules(): void {
  for (const name of readFileSync(`${DIRECTORY}/list`, "utf8").split("\n")) {
    if (name === "") continue;
    const path = `${DIRECTORY}/${name}`;
    const file = openSync(path, "r");
    try {
      loadModule(file);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (error.errno !== EEXIST)
        throw new SystemError(`loading the kernel module ${name}`, error.errno);
    } finally {
      closeSync(file);
    }
    unlinkSync(path);
  }
}
