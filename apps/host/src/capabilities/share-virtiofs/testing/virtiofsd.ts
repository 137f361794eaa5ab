import type { Virtiofsd } from "../../../host/virtiofsd.ts";

/** QEMU's own virtiofsd, which root runs. */
export const virtiofsd: Virtiofsd = {
  path: "/v",
  program: "qemu",
  version: "7.2.22",
  asRoot: true,
  fileHandles: undefined,
  openFiles: undefined,
  mayMount: true,
};
