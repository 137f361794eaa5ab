import { readFileSync, realpathSync, statSync } from "node:fs";
import { basename } from "node:path";
import type { CpioEntry } from "@vimto/initramfs";

/** What a Bun executable is linked with (`ldd`); guest init gets the very files that run vimto. */
const needed = /^(?:ld-linux-[\w-]+|libc|libm|libpthread|libdl)\.so\.\d+$/;

/** Where guest init finds its libraries, whatever the distribution's loader would search. */
export const LIBRARY_DIRECTORY = "vimto/lib";

/**
 * The dynamic loader and the C library of this process, from its memory map (proc(5)), as entries of
 * the initramfs. The loader goes where the executable names it.
 */
export function libraryEntries(maps = readFileSync("/proc/self/maps", "utf8")): CpioEntry[] {
  const paths = new Set<string>();
  for (const line of maps.split("\n")) {
    const path = line.slice(line.indexOf("/"));
    if (path.startsWith("/") && needed.test(sonameOf(path))) paths.add(path);
  }
  return [...paths].sort().map((path) => {
    const name = sonameOf(path);
    const hostPath = realpathSync(path);
    return {
      type: "file",
      path: name.startsWith("ld-")
        ? (loaderPlace[name] ?? `lib/${name}`)
        : `${LIBRARY_DIRECTORY}/${name}`,
      mode: 0o755,
      content: { hostPath, size: statSync(hostPath).size },
    };
  });
}

/** The PT_INTERP of Bun's executables. */
const loaderPlace: Readonly<Record<string, string>> = {
  "ld-linux-x86-64.so.2": "lib64/ld-linux-x86-64.so.2",
  "ld-linux-aarch64.so.1": "lib/ld-linux-aarch64.so.1",
};

/** Older C libraries are files such as libc-2.31.so behind a link libc.so.6. */
function sonameOf(path: string): string {
  const name = basename(path);
  const old = /^(ld|libc|libm|libpthread|libdl)-2\.\d+\.so$/.exec(name)?.[1];
  if (old === undefined) return name;
  return oldNames[old] ?? name;
}

const oldNames: Readonly<Record<string, string>> = {
  ld: process.arch === "arm64" ? "ld-linux-aarch64.so.1" : "ld-linux-x86-64.so.2",
  libc: "libc.so.6",
  libm: "libm.so.6",
  libpthread: "libpthread.so.0",
  libdl: "libdl.so.2",
};
