import { existsSync } from "node:fs";
import { join } from "node:path";
import { MS_NODEV } from "@vimto/linux";
import type { Capability } from "../capability.ts";

/**
 * Where container engines keep images and containers. They lay overlays over it, and the kernel takes no
 * upper directory on the root, which is an overlay itself (fs/overlayfs/super.c, ovl_dentry_remote).
 */
const STORES = [
  "/var/lib/buildkit",
  "/var/lib/containerd",
  "/var/lib/containers",
  "/var/lib/docker",
];

/** Those that one of the layers of the root has. */
export const containerStores = (layers: readonly string[]): string[] =>
  STORES.filter((store) => layers.some((layer) => existsSync(join(layer, store))));

/** Each store starts empty, in memory, and its overlays work. */
export const containerStorage = (stores: readonly string[]): Capability => ({
  name: "container storage",
  run: (script, root) => {
    for (const store of stores)
      script.call(
        `mount ${store}`,
        "mount",
        ["tmpfs", `${root}${store}`, "tmpfs", MS_NODEV, "mode=0711"],
        { failure: "ignore" },
      );
  },
  template: "shared",
});
