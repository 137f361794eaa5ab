import { MS_RDONLY } from "@vimto/linux";
import { shareAddress } from "@vimto/qemu";
import type { Virtiofsd } from "../../host/virtiofsd.ts";
import type { ShareTransport } from "../share-transport.ts";
import { serverCommand } from "./server-command.ts";

/**
 * Shares by a virtiofsd each: files in the guest do nearly all that they do on the host.
 *
 * @param wayOut what works where they do not: "--fs 9p"
 * @param crowded paths of shares with too many files for those that virtiofsd may have open
 */
export const shareVirtiofs = (
  virtiofsd: Virtiofsd,
  wayOut = "--fs 9p",
  crowded: readonly string[] = [],
): ShareTransport => ({
  name: "virtiofs",
  // QEMU before 8.2 saves and loads no machine that has such a device (hw/virtio/vhost-user-fs.c).
  late: true,
  devices: (shares, { first, total }) => ({
    devices: [],
    fileServers: shares.map(({ tag, path, readonly, keep }, index) => ({
      tag,
      address: shareAddress(first + index, total),
      path,
      command: serverCommand(virtiofsd, {
        path,
        readonly,
        keep,
        crowded: crowded.includes(path) && !keep,
      }),
      // The one in Rust is told to change nothing besides, and where nothing can be mounted that has to do.
      readOnlyMounts:
        readonly && virtiofsd.asRoot && (virtiofsd.mayMount || virtiofsd.program === "qemu"),
      wayOut,
    })),
  }),
  mount: (script, { tag, target, readonly, step }) => {
    script.call(step, "mount", [tag, target, "virtiofs", readonly ? MS_RDONLY : 0, ""]);
  },
});
