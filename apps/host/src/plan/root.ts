import type { Script } from "@vimto/native";
import type { Share } from "../settings/index.ts";
import type { Merge } from "./layers.ts";
import { isWithin, parents } from "./paths.ts";

/** The tags of the 9p devices, in the order of the command line. */
export const TAGS = { root: "root", image: "image", modules: "modules", index: "index" } as const;
export const shareTag = (index: number) => `share${index}`;

export type RootPlan = {
  readonly image: { readonly merges: readonly (Merge & { readonly empty: boolean })[] } | undefined;
  readonly modules:
    | { readonly release: string; readonly directory: string; readonly index: boolean }
    | undefined;
  readonly shares: readonly Share[];
};

const AT_FDCWD = -100;
const MS_RDONLY = 1;
const MS_NOSUID = 2;
const MS_NODEV = 4;
const MS_BIND_RECURSIVE = 4096 | 16384;
const MS_MOVE = 8192;

const nineP = (cache: "loose" | "mmap") =>
  `version=9p2000.L,trans=virtio,access=${cache === "loose" ? "any" : "client"},msize=1048576,cache=${cache}`;

/** Directories of the guest's own, which start empty. */
const EMPTY = [
  ["/tmp", 0o1777],
  ["/run", 0o755],
] as const;

/** Directories below which host directories are made as mount points, since they start empty. */
const started = ["/tmp", "/run", "/dev/shm"];

/**
 * The calls that build the command's root in /root, where guest init has prepared /lower, /upper (a
 * tmpfs), /dev, /proc and /sys (apps/init/src/mounts.ts), and that enter it. The host's root and the
 * image are read-only layers of an overlay, so what is written anywhere but in a share is not kept.
 */
export function buildRoot(script: Script, plan: RootPlan): void {
  // The layers below are read-only for the guest, so what was read may be kept (cache=loose).
  const lower = (tag: string, target: string) => {
    script.call(`make ${target}`, "mkdirat", [AT_FDCWD, target, 0o755], { failure: "ignore" });
    script.call(`mount the ${tag} share`, "mount", [tag, target, "9p", MS_RDONLY, nineP("loose")]);
  };
  const overlay = (name: string, lowers: readonly string[], target: string, what: string) => {
    for (const part of ["upper", "work"])
      script.call(`make ${what}`, "mkdirat", [AT_FDCWD, `/upper/${name}-${part}`, 0o755]);
    const upper = `upperdir=/upper/${name}-upper,workdir=/upper/${name}-work`;
    const options = `lowerdir=${lowers.join(":")},${upper}`;
    script.call(`mount ${what}`, "mount", ["overlay", target, "overlay", 0, options]);
  };

  lower(TAGS.root, "/lower");
  if (plan.image) lower(TAGS.image, "/image");
  overlay("root", plan.image ? ["/image", "/lower"] : ["/lower"], "/root", "the root");
  for (const { name, link, target, empty } of plan.image?.merges ?? []) {
    // The link hides the image's directory, which is laid over what the link leads to.
    script.call(`link /${name}`, "symlinkat", [link, AT_FDCWD, `/upper/root-upper/${name}`], {
      failure: "ignore",
    });
    if (empty) continue;
    overlay(`merge-${name}`, [`/image/${name}`, `/lower${target}`], `/root${target}`, target);
  }
  if (plan.modules) {
    const { release, directory, index } = plan.modules;
    lower(TAGS.modules, "/modules");
    if (index) lower(TAGS.index, "/index");
    for (const path of [...parents(directory), directory])
      script.call(`make ${path}`, "mkdirat", [AT_FDCWD, `/root${path}`, 0o755], {
        failure: "ignore",
      });
    const layers = index ? ["/index", "/modules"] : ["/modules"];
    overlay("modules", layers, `/root${directory}`, `the modules of ${release}`);
  }
  for (const directory of ["/proc", "/sys", "/dev"])
    script.call(`mount ${directory}`, "mount", [
      directory,
      `/root${directory}`,
      "",
      MS_BIND_RECURSIVE,
      "",
    ]);
  for (const [directory, mode] of EMPTY)
    script.call(`mount ${directory}`, "mount", [
      "tmpfs",
      `/root${directory}`,
      "tmpfs",
      MS_NOSUID | MS_NODEV,
      `mode=${mode.toString(8)}`,
    ]);
  plan.shares.forEach((share, index) => {
    if (started.some((top) => isWithin(share.path, top)))
      for (const path of [...parents(share.path), share.path])
        script.call(`make ${path}`, "mkdirat", [AT_FDCWD, `/root${path}`, 0o755], {
          failure: "ignore",
        });
    script.call(`mount the share ${share.path}`, "mount", [
      shareTag(index),
      `/root${share.path}`,
      "9p",
      share.readonly ? MS_RDONLY : 0,
      nineP("mmap"),
    ]);
  });
  script.call("enter the root", "chdir", ["/root"]);
  // Moved to the top, so that the command is in no chroot jail as the kernel sees it (user namespaces).
  script.call("enter the root", "mount", ["/root", "/", "", MS_MOVE, ""]);
  script.call("enter the root", "chroot", ["."]);
}

/**
 * For a process that starts when the root is already built: ".." of the old root is what was moved over it
 * (fs/namei.c, follow_dotdot and the mounts above).
 */
export function enterRoot(script: Script): void {
  script.call("enter the root", "chdir", ["/.."]);
  script.call("enter the root", "chroot", ["."]);
}
