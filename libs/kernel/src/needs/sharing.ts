import { type Kernel, requirements, virtiofsRequirement } from "./assess.ts";

/** The file systems by which directories of the host reach the guest. */
export const SHARING_WAYS = ["9p", "virtiofs"] as const;

export type SharingWay = (typeof SHARING_WAYS)[number];

/** What a user asks for, and what becomes of "auto" on a host without a virtiofsd that starts. */
export type SharingWish = "auto" | "9p first" | SharingWay;

/** The file systems for a guest's read-only layers and its shares. */
export type Sharing = { readonly layers: SharingWay; readonly shares: SharingWay };

/**
 * Chooses for a kernel. The layers of the root come over 9p wherever the kernel has it: nothing changes them,
 * so the guest may keep what it has read. "auto" takes virtiofs for shares where the kernel has it, since files
 * there do what they do on the host. "9p first", for a host that cannot serve virtiofs, takes the file system
 * of the layers. A kernel with neither gets 9p, and `obstacles` tells that it lacks it.
 */
export function sharingOf(kernel: Kernel, asked: SharingWish): Sharing {
  const lacks9p = requirements(kernel).some(
    ({ level, state }) => level === "sharing" && state === "missing",
  );
  const { state } = virtiofsRequirement(kernel);
  const hasVirtiofs = state === "builtin" || state === "module";
  const layers = lacks9p && hasVirtiofs && asked !== "9p" ? "virtiofs" : "9p";
  if (asked === "9p" || asked === "virtiofs") return { layers, shares: asked };
  return { layers, shares: asked === "auto" && hasVirtiofs ? "virtiofs" : layers };
}

export const waysOf = ({ layers, shares }: Sharing): readonly SharingWay[] =>
  layers === shares ? [layers] : [layers, shares];
