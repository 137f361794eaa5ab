import { OciError } from "../errors.ts";

/** What an image is built for, in Go's names (OCI image specification, image index, "platform"). */
export type Platform = {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
};

const ALIASES: Readonly<Record<string, string>> = {
  x64: "amd64",
  x86_64: "amd64",
  aarch64: "arm64",
};

/**
 * Reads "linux/amd64", "arm64", "linux/arm/v7", and the names that kernels and Bun use for the same
 * ("x86_64", "x64", "aarch64").
 */
export function parsePlatform(text: string): Platform {
  const parts = text.split("/");
  if (parts.length > 3 || parts.some((part) => !/^[A-Za-z0-9_.-]+$/.test(part))) {
    throw new OciError("platform", `platform "${text}" is not of the form linux/arm64 or arm64`);
  }
  const [os, named, variant] = parts.length === 1 ? ["linux", parts[0]] : parts;
  const architecture = ALIASES[named ?? ""] ?? named ?? "";
  return { os: os ?? "", architecture, ...(variant === undefined ? {} : { variant }) };
}

/** The platform of the machine that runs this program. */
export function hostPlatform(arch: string = process.arch): Platform {
  return parsePlatform(`linux/${arch}`);
}

export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/**
 * True if an image for `offered` runs where `wanted` is asked for. arm64 has v8 as its only common
 * variant, so that one may be left out on either side, as containerd's platform matching has it.
 */
export function platformMatches(wanted: Platform, offered: Platform): boolean {
  if (wanted.os !== offered.os || wanted.architecture !== offered.architecture) return false;
  if (wanted.variant === undefined) return true;
  return (offered.variant ?? defaultVariant(offered)) === wanted.variant;
}

function defaultVariant(platform: Platform): string | undefined {
  return platform.architecture === "arm64" ? "v8" : undefined;
}
