import { MS_RDONLY } from "@vimto/linux";
import { shares } from "@vimto/qemu";
import { textPath } from "../../system/text-path.ts";
import type { ShareTransport } from "../share-transport.ts";

/**
 * Options of the kernel's 9p client (Documentation/filesystems/9p.rst). With access=any a file that a user
 * other than root makes belongs to root, so shares that are written to have access=client.
 */
const options = (keep: boolean) =>
  `version=9p2000.L,trans=virtio,access=${keep ? "any" : "client"},msize=1048576,cache=${keep ? "loose" : "mmap"}`;

/** Shares by QEMU's own 9p server: every QEMU has it, and it needs no other process. */
export const share9p: ShareTransport = {
  name: "9p",
  late: false,
  devices: (list, place) => ({
    devices: shares(
      list.map((share) => ({ ...share, path: textPath(share.path) })),
      place,
    ),
    fileServers: [],
  }),
  mount: (script, { tag, target, readonly, keep, step }) => {
    script.call(step, "mount", [tag, target, "9p", readonly ? MS_RDONLY : 0, options(keep)]);
  },
};
