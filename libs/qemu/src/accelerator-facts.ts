import { open, readFile, stat } from "node:fs/promises";
import type { AcceleratorFacts, KvmDevice } from "./accelerator.ts";

/** Where to look; the defaults are the host's own. */
export type FactSources = {
  readonly device?: string;
  readonly cpuinfo?: string;
  readonly architecture?: string;
  readonly environment?: Readonly<Record<string, string | undefined>>;
};

/** Asks the host once; opens /dev/kvm read-write and closes it again. Never throws. */
export async function readAcceleratorFacts(sources: FactSources = {}): Promise<AcceleratorFacts> {
  const [kvm, cpuinfo] = await Promise.all([
    readDevice(sources.device ?? "/dev/kvm"),
    readFile(sources.cpuinfo ?? "/proc/cpuinfo", "utf8").catch(() => ""),
  ]);
  return {
    hostArchitecture: unameMachine(sources.architecture ?? process.arch),
    kvm,
    extension: virtualizationExtension(cpuinfo),
    disableKvm: sources.environment?.VIMTO_DISABLE_KVM,
  };
}

async function readDevice(path: string): Promise<KvmDevice> {
  try {
    await (await open(path, "r+")).close();
    return { state: "usable" };
  } catch (error) {
    const code = error instanceof Error && "code" in error ? `${error.code}` : `${error}`;
    if (code === "ENOENT" || code === "ENOTDIR") return { state: "missing" };
    if (code === "EACCES" || code === "EPERM")
      return { state: "denied", group: await groupOf(path) };
    return { state: "failed", reason: code };
  }
}

/** The group of a node that its group may read and write, by its name; not root's. */
async function groupOf(path: string): Promise<string | undefined> {
  try {
    const [{ gid, mode }, groups] = await Promise.all([stat(path), readFile("/etc/group", "utf8")]);
    if (gid === 0 || (mode & 0o060) !== 0o060) return undefined;
    return groups
      .split("\n")
      .find((line) => line.split(":")[2] === `${gid}`)
      ?.split(":")[0];
  } catch {
    return undefined;
  }
}

/** Finds vmx (Intel) or svm (AMD) as a word of a `flags` line; aarch64 has no such line. */
export function virtualizationExtension(cpuinfo: string): "vmx" | "svm" | undefined {
  const flags = /^flags\s*:(.*)$/m.exec(cpuinfo)?.[1]?.split(" ") ?? [];
  return flags.includes("vmx") ? "vmx" : flags.includes("svm") ? "svm" : undefined;
}

function unameMachine(architecture: string): string {
  return architecture === "x64" ? "x86_64" : architecture === "arm64" ? "aarch64" : architecture;
}
