import { expect, test } from "vitest";
import type { Virtiofsd } from "../../host/virtiofsd.ts";
import { serverCommand } from "./server-command.ts";

const rust: Virtiofsd = {
  path: "/v",
  program: "rust",
  version: "1.13.2",
  asRoot: true,
  fileHandles: "never",
  openFiles: undefined,
  mayMount: true,
};
const share = { path: "/a,b\\", readonly: false, keep: false };

test("a share by the virtiofsd of QEMU, whose options are separated by commas", () => {
  expect(serverCommand({ ...rust, program: "qemu" }, share).join(" ")).toBe(
    "/v --fd=3 -f -o sandbox=chroot -o cache=auto -o log_level=err -o xattr -o allow_direct_io -o announce_submounts -o source=/a\\,b\\\\",
  );
});

test("a share and a layer by the one in Rust", () => {
  expect(serverCommand(rust, share).join(" ")).toBe(
    "/v --fd=3 --shared-dir=/a,b\\ --sandbox=chroot --cache=auto --log-level=error --inode-file-handles=never --xattr --allow-direct-io --announce-submounts",
  );
  const layer = { path: "/", readonly: true, keep: true };
  const unprivileged = { ...rust, asRoot: false };
  expect(serverCommand(unprivileged, layer).join(" ")).toBe(
    "/v --fd=3 --shared-dir=/ --sandbox=none --cache=always --log-level=error --readonly --inode-file-handles=never",
  );
});

test("QEMU's keeps no file open that the guest does not use, where there are too many", () => {
  const command = serverCommand({ ...rust, program: "qemu" }, { ...share, crowded: true });
  expect(command).toContain("timeout=0");
});

test("few open files are made up for by file handles", () => {
  expect(serverCommand({ ...rust, fileHandles: "prefer" }, share)).toContain(
    "--inode-file-handles=prefer",
  );
});
