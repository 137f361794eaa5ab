/** Processors of guests and hosts, as `uname -m` and QEMU's binaries spell them. */
export const architectures = ["x86_64", "aarch64"] as const;
export type Architecture = (typeof architectures)[number];

/** The architecture of the machine that this process runs on. */
export const ownArchitecture: Architecture = process.arch === "arm64" ? "aarch64" : "x86_64";
