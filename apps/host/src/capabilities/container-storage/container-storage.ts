import { existsSync } from "node:fs";
import { join } from "node:path";
import { AT_FDCWD, MS_NODEV } from "@vimto/linux";
import type { Capability } from "../capability.ts";

/**
 * Where container engines keep images and containers. The engines mount overlays there, and the kernel refuses
 * an upper directory on the root, which is an overlay itself (fs/overlayfs/super.c, ovl_dentry_remote).
 */
const STORES = [
  { store: "/var/lib/buildkit", engine: "buildkitd" },
  { store: "/var/lib/containerd", engine: "containerd" },
  { store: "/var/lib/containers", engine: "podman" },
  { store: "/var/lib/docker", engine: "dockerd" },
] as const;

const PROGRAMS = ["/usr/bin", "/usr/sbin", "/usr/local/bin"] as const;

/** The stores that a layer of the root has, or whose engine it has: dockerd makes its store when it starts. */
export const containerStores = (layers: readonly string[]): string[] =>
  STORES.filter(({ store, engine }) =>
    layers.some((layer) =>
      [store, ...PROGRAMS.map((directory) => `${directory}/${engine}`)].some((path) =>
        existsSync(join(layer, path)),
      ),
    ),
  ).map(({ store }) => store);

/** Each store starts empty, in memory, and its overlays work. */
export const containerStorage = (stores: readonly string[]): Capability => ({
  name: "container storage",
  run: (script, root) => {
    for (const store of stores) {
      const made = { failure: "ignore" } as const;
      script.call(`make-directory ${store}`, "mkdirat", [AT_FDCWD, `${root}${store}`, 0o711], made);
      script.call(
        `mount ${store}`,
        "mount",
        ["tmpfs", `${root}${store}`, "tmpfs", MS_NODEV, "mode=0711"],
        made,
      );
    }
  },
  template: "shared",
});
