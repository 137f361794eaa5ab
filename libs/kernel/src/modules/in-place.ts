import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isFile } from "../find/files.ts";

/**
 * Whether a directory of modules is the one in which a kernel was built: there modules lie beside their
 * sources, and only modules.order tells which of the files belong to the kernel. include/config is where
 * Kconfig keeps its answers (the kernel's Documentation/kbuild/kconfig.rst).
 */
export const isBuildDirectory = (directory: string): boolean =>
  existsSync(join(directory, "include/config")) && existsSync(join(directory, "modules.order"));

/**
 * The modules of a build directory, by paths below it, in the order of modules.order. Of older kernels
 * a line begins with kernel/, and of newer ones it names the object (.o) from which the module is linked
 * (scripts/Makefile.build and scripts/Makefile.modfinal of the kernel). Modules that are listed and not built
 * are left out.
 */
export function modulesInPlace(directory: string): string[] {
  const lines = readFileSync(join(directory, "modules.order"), "latin1").split("\n");
  return lines.flatMap((line) => {
    const path = line.replace(/\.o$/, ".ko");
    if (!path.endsWith(".ko")) return [];
    return (
      [path, path.replace(/^kernel\//, "")].find((name) => isFile(join(directory, name))) ?? []
    );
  });
}
