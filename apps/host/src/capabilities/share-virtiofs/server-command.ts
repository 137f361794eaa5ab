import type { Virtiofsd } from "../../host/virtiofsd.ts";
import { SERVER_SOCKET } from "../file-server.ts";

export type Served = {
  readonly path: string;
  readonly readonly: boolean;
  /** Whether the guest may keep what it has read: nothing changes the files. */
  readonly keep: boolean;
  /** Whether it has too many files for those that the server may have open. */
  readonly crowded?: boolean;
};

/**
 * A virtiofsd for one directory. A directory that a guest may write to has attributes and O_DIRECT, and
 * announces submounts, since inode numbers are unique only within a file system. An overlay cannot cover a
 * submount, so layers do not announce them.
 */
export function serverCommand(
  { program, path, asRoot, fileHandles }: Virtiofsd,
  served: Served,
): readonly string[] {
  const cache = served.keep ? "always" : "auto";
  if (program === "qemu") {
    const options = [
      "sandbox=chroot",
      `cache=${cache}`,
      "log_level=err",
      // The guest then forgets a name with its last user, and the server closes the file (fs/fuse/dir.c,
      // fuse_dentry_settime). Names without a timeout cost a request at each use.
      ...(served.crowded ? ["timeout=0"] : []),
      ...(served.keep ? [] : ["xattr", "allow_direct_io", "announce_submounts"]),
      `source=${optionValue(served.path)}`,
    ];
    return [path, `--fd=${SERVER_SOCKET}`, "-f", ...options.flatMap((option) => ["-o", option])];
  }
  return [
    path,
    `--fd=${SERVER_SOCKET}`,
    `--shared-dir=${served.path}`,
    `--sandbox=${asRoot ? "chroot" : "none"}`,
    `--cache=${cache}`,
    "--log-level=error",
    ...(served.readonly ? ["--readonly"] : []),
    // For each file in its cache the guest needs an open file here, and their number is limited.
    ...(fileHandles === undefined ? [] : [`--inode-file-handles=${fileHandles}`]),
    ...(served.keep ? [] : ["--xattr", "--allow-direct-io", "--announce-submounts"]),
  ];
}

/** libfuse splits options at commas, and a backslash takes the next character as it is (lib/fuse_opt.c). */
const optionValue = (text: string) => text.replace(/[\\,]/g, "\\$&");
