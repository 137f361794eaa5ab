import { AT_FDCWD, CLONE_FS, MS_MOVE, MS_NODEV, MS_NOSUID } from "@vimto/linux";
import type { Capability } from "../capabilities/capability.ts";
import type { ShareTransport } from "../capabilities/share-transport.ts";
import type { ClosedDirectory, SharedDirectory } from "../host/facts.ts";
import type { Merge } from "../host/layers.ts";
import type { GuestScript } from "../steps.ts";
import { isWithin, parents } from "./paths.ts";
import { shareTag, TAGS } from "./tags.ts";

export type RootPlan = {
  readonly image: { readonly merges: readonly Merge[] } | undefined;
  readonly modules:
    | { readonly release: string; readonly directory: string; readonly index: boolean }
    | undefined;
  /** Directories that start empty, as nothing below them can be read through the host's root. */
  readonly closed: readonly ClosedDirectory[];
  readonly shares: readonly SharedDirectory[];
  /** How the read-only layers get into the guest, and how the shares do. */
  readonly transports: { readonly layers: ShareTransport; readonly shares: ShareTransport };
  readonly capabilities: readonly Capability[];
};

/** Where the command's root is built, its layers, and the mounts that wait to be moved into it. */
export const ROOT = "/root";
export const LOWER = "/lower";
export const UPPER = "/upper";
export const READY = "/ready";

/** Mounts that every root has: copies of the guest's own, or a tmpfs of this mode that starts empty. */
export const READY_MOUNTS: Readonly<Record<string, string | undefined>> = {
  proc: undefined,
  sys: undefined,
  dev: undefined,
  tmp: "1777",
  run: "755",
};

/** Where an overlay of this name keeps what is written. */
export const overlayDirectories = (name: string) => ({
  upper: `${UPPER}/${name}-upper`,
  work: `${UPPER}/${name}-work`,
});

/** Directories below which host directories are made as mount points, since they start empty. */
const started = ["/tmp", "/run", "/dev/shm"];

/**
 * The calls that build the command's root from what the boot has prepared (boot.ts), and that enter it.
 * The host's root and the image are read-only layers of an overlay, so what is written anywhere but in a
 * share is not kept.
 */
export function buildRoot(script: GuestScript, plan: RootPlan): void {
  const { layers, shares } = plan.transports;
  const lower = (tag: string, target: string) => {
    script.call(`make-directory ${target}`, "mkdirat", [AT_FDCWD, target, 0o755], {
      failure: "ignore",
    });
    const step = `mount-share ${tag}` as const;
    layers.mount(script, { tag, target, readonly: true, keep: true, step });
  };
  const overlay = (name: string, lowers: readonly string[], target: string, what: string) => {
    const { upper, work } = overlayDirectories(name);
    if (name !== "root")
      for (const part of [upper, work])
        script.call(`make-directory ${what}`, "mkdirat", [AT_FDCWD, part, 0o755]);
    const options = `lowerdir=${lowers.join(":")},upperdir=${upper},workdir=${work}`;
    script.call(`mount ${what}`, "mount", ["overlay", target, "overlay", 0, options]);
  };

  lower(TAGS.root, LOWER);
  if (plan.image) lower(TAGS.image, "/image");
  overlay("root", plan.image ? ["/image", LOWER] : [LOWER], ROOT, "the root");
  for (const { name, link, target, empty } of plan.image?.merges ?? []) {
    // The link hides the image's directory, which is laid over what the link leads to.
    script.call(
      `link /${name}`,
      "symlinkat",
      [link, AT_FDCWD, `${overlayDirectories("root").upper}/${name}`],
      {
        failure: "ignore",
      },
    );
    if (empty) continue;
    overlay(`merge-${name}`, [`/image/${name}`, `${LOWER}${target}`], `${ROOT}${target}`, target);
  }
  if (plan.modules) {
    const { release, directory, index } = plan.modules;
    lower(TAGS.modules, "/modules");
    if (index) lower(TAGS.index, "/index");
    for (const path of [...parents(directory), directory])
      script.call(`make-directory ${path}`, "mkdirat", [AT_FDCWD, `${ROOT}${path}`, 0o755], {
        failure: "ignore",
      });
    const layers = index ? ["/index", "/modules"] : ["/modules"];
    overlay("modules", layers, `${ROOT}${directory}`, `the modules of ${release}`);
  }
  for (const name of Object.keys(READY_MOUNTS))
    script.call(`mount /${name}`, "mount", [
      `${READY}/${name}`,
      `${ROOT}/${name}`,
      "",
      MS_MOVE,
      "",
    ]);
  for (const { path, mode, uid, gid } of plan.closed)
    script.call(`mount ${path}`, "mount", [
      "tmpfs",
      `${ROOT}${path}`,
      "tmpfs",
      MS_NOSUID | MS_NODEV,
      `mode=${mode.toString(8)},uid=${uid},gid=${gid}`,
    ]);
  const empty = [...started, ...plan.closed.map(({ path }) => path)];
  plan.shares.forEach((share, index) => {
    if (empty.some((top) => isWithin(share.path, top)))
      for (const path of [...parents(share.path), share.path])
        script.call(`make-directory ${path}`, "mkdirat", [AT_FDCWD, `${ROOT}${path}`, 0o755], {
          failure: "ignore",
        });
    shares.mount(script, {
      tag: shareTag(index),
      target: `${ROOT}${share.path}`,
      readonly: share.readonly,
      keep: false,
      step: `mount-share ${share.path}`,
    });
  });
  for (const { run } of plan.capabilities) run?.(script, ROOT);
  script.call("enter-root", "chdir", [ROOT]);
  // Moved to the top, so that the kernel does not take the command for a chrooted one (user namespaces).
  script.call("enter-root", "mount", [ROOT, "/", "", MS_MOVE, ""]);
  script.call("enter-root", "chroot", ["."]);
}

/**
 * Gives the process a root, a working directory and a umask of its own. Until then it shares them with
 * process 1 and with kthreadd (CLONE_FS), so that the kernel starts its helpers in the root that was
 * entered, and finds firmware there (kernel/umh.c, drivers/base/firmware_loader).
 */
export function leaveProcessOne(script: GuestScript): void {
  script.call("leave-process-1", "unshare", [CLONE_FS]);
}
