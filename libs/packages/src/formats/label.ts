import { ByteSource } from "@vimto/archive";
import type { PackageKind } from "../kind.ts";
import { readDebControl } from "./deb.ts";
import { readRpmHeader } from "./rpm-header.ts";

/** What a package says it is. */
export type PackageLabel = {
  /** "linux-modules-6.8.0-31-generic", "kernel-modules-core". */
  readonly name: string;
  /** "6.8.0-31.31", "6.8.5-301.fc40". */
  readonly version: string;
  /** As its distribution calls it: "amd64", "x86_64". */
  readonly architecture: string;
};

/**
 * Reads the label of a package of Debian or RPM, which stands before its files; undefined for one of Arch Linux,
 * and for one without.
 * @throws ArchiveError, CodecError, and what `source` throws
 */
export async function readLabel(
  kind: PackageKind,
  source: AsyncIterable<Uint8Array>,
  options: { readonly headerBytes: number; readonly what: string },
): Promise<PackageLabel | undefined> {
  if (kind === "deb") return labelOfControl(await readDebControl(source, options));
  if (kind === "pacman") return undefined;
  const bytes = new ByteSource(source);
  try {
    const { name, version, release, architecture } = await readRpmHeader(bytes, options.what);
    if (!name || !version || !release || !architecture) return undefined;
    return { name, version: `${version}-${release}`, architecture };
  } finally {
    await bytes.close();
  }
}

function labelOfControl(control: string): PackageLabel | undefined {
  const field = (name: string) =>
    new RegExp(`^${name}:[ \\t]*(\\S+)[ \\t]*$`, "im").exec(control)?.[1];
  const [name, version, architecture] = ["Package", "Version", "Architecture"].map(field);
  return name && version && architecture ? { name, version, architecture } : undefined;
}
