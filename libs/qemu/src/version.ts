/** A QEMU version, without the text that distributions add. */
export type Version = { readonly major: number; readonly minor: number; readonly micro: number };

/**
 * The oldest QEMU that can carry vimto's machines: "pauth-impdef", without which an emulated aarch64
 * guest takes four times as long to boot, came with 6.0 (docs/system/arm/cpu-features.rst). The
 * others are older: -machine memory-backend= 5.0, 9p multidevs= 4.2, PVH boot of an ELF kernel and
 * the capability x-ignore-shared 4.0. Debian 12 has 7.2, Ubuntu 22.04 has 6.2.
 */
export const minimumVersion: Version = { major: 6, minor: 0, micro: 0 };

/** Reads the first line of `qemu-system-* --version`, or undefined if another program wrote it. */
export function parseVersion(text: string): Version | undefined {
  const match = /^QEMU emulator version (\d+)\.(\d+)(?:\.(\d+))?/m.exec(text);
  if (!match) return undefined;
  return { major: Number(match[1]), minor: Number(match[2]), micro: Number(match[3] ?? 0) };
}

export const formatVersion = ({ major, minor, micro }: Version): string =>
  `${major}.${minor}.${micro}`;

/** Whether `version` is `other` or newer. */
export function isAtLeast(version: Version, other: Version): boolean {
  const order =
    version.major - other.major || version.minor - other.minor || version.micro - other.micro;
  return order >= 0;
}
