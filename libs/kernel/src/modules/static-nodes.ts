import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isBuildDirectory, modulesInPlace } from "./in-place.ts";

/**
 * A device node that exists before its module is loaded: opening it makes the kernel load the module
 * (fs/char_dev.c, char-major aliases). devtmpfs has it only afterwards.
 */
export type StaticNode = {
  /** Below /dev. */
  readonly name: string;
  readonly kind: "char" | "block";
  readonly major: number;
  readonly minor: number;
};

/**
 * The `devname:` aliases of modules, by the name of the module: include/linux/miscdevice.h has most of the
 * numbers, and Documentation/admin-guide/devices.txt the rest.
 */
const known: Readonly<Record<string, readonly [name: string, major: number, minor: number]>> = {
  autofs4: ["autofs", 10, 235],
  btrfs: ["btrfs-control", 10, 234],
  cuse: ["cuse", 10, 203],
  "dm-mod": ["mapper/control", 10, 236],
  fuse: ["fuse", 10, 229],
  hci_vhci: ["vhci", 10, 137],
  loop: ["loop-control", 10, 237],
  nvram: ["nvram", 10, 144],
  ppp_generic: ["ppp", 108, 0],
  rfkill: ["rfkill", 10, 242],
  "snd-seq": ["snd/seq", 116, 1],
  "snd-timer": ["snd/timer", 116, 33],
  tun: ["net/tun", 10, 200],
  uhid: ["uhid", 10, 239],
  uinput: ["uinput", 10, 223],
  userio: ["userio", 10, 240],
  vfio: ["vfio/vfio", 10, 196],
  vhost_net: ["vhost-net", 10, 238],
  vhost_vsock: ["vhost-vsock", 10, 241],
};

/**
 * The static nodes of a kernel's modules: those of modules.devname (depmod(8)), or, in a tree that depmod
 * has never seen, of the modules that modules.order names.
 *
 * @param directory lib/modules/RELEASE, or the directory that the kernel was built in
 */
export function staticNodes(directory: string): StaticNode[] {
  const devname = join(directory, "modules.devname");
  if (existsSync(devname)) return parseDevname(readFileSync(devname, "utf8"));
  const names = new Set(orderedPaths(directory).map((path) => basename(path, ".ko")));
  return Object.entries(known).flatMap(([module, [name, major, minor]]) =>
    names.has(module) ? [{ name, kind: "char" as const, major, minor }] : [],
  );
}

function orderedPaths(directory: string): string[] {
  if (isBuildDirectory(directory)) return modulesInPlace(directory);
  const order = join(directory, "modules.order");
  return existsSync(order) ? readFileSync(order, "utf8").split("\n") : [];
}

/** A line is `MODULE NODE c10:229`; others are comments. */
function parseDevname(text: string): StaticNode[] {
  return [...text.matchAll(/^[^#\s]\S* ([\w./-]+) ([cb])(\d+):(\d+)$/gm)].flatMap(
    ([, name = "", type, major, minor]) =>
      name.split("/").includes("..")
        ? []
        : [
            {
              name,
              kind: type === "c" ? ("char" as const) : ("block" as const),
              major: Number(major),
              minor: Number(minor),
            },
          ],
  );
}
