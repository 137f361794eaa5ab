import { readFileSync } from "node:fs";
import { CodecError, GZIP_MAGIC, gunzip } from "@vimto/codec";
import { find, startsWith } from "../bytes.ts";
import { KernelError, quote, systemCode } from "../error.ts";

/** Values by option, both as a .config has them but for the prefix: "9P_FS" to "m". */
export type KernelConfig = ReadonlyMap<string, string>;

const LARGEST = 16 * 2 ** 20;

/** Reads the text of a .config. */
export function parseConfig(text: string): KernelConfig {
  const config = new Map<string, string>();
  for (const [, option, value, off] of text.matchAll(
    /^(?:CONFIG_(\w+)=(.*)|# CONFIG_(\w+) is not set)\r?$/gm,
  )) {
    if (option !== undefined && value !== undefined) config.set(option, value);
    if (off !== undefined) config.set(off, "n");
  }
  return config;
}

/**
 * Reads a configuration file, such as /boot/config-VERSION.
 *
 * Errors: KernelError "unreadable"; "corrupt" for one without any option, which is not taken for
 * "all is off".
 */
export function parseConfigFile(path: string): KernelConfig {
  let text: string;
  try {
    text = readFileSync(path, "latin1");
  } catch (error) {
    throw new KernelError(
      "unreadable",
      `kernel configuration ${quote(path)} cannot be read (${systemCode(error) ?? error}); make it readable or remove it`,
      { cause: error },
    );
  }
  const config = parseConfig(text);
  if (config.size > 0) return config;
  throw new KernelError(
    "corrupt",
    `kernel configuration ${quote(path)} has no CONFIG_ line; replace it or remove it`,
  );
}

/**
 * The configuration that a kernel built with CONFIG_IKCONFIG=y holds between two markers (kernel/configs.c);
 * undefined when it is missing or damaged.
 */
export function embeddedConfig(kernel: Uint8Array): KernelConfig | undefined {
  const start = find(kernel, `IKCFG_ST${GZIP_MAGIC}`);
  if (start === -1) return undefined;
  const end = find(kernel, "IKCFG_ED", start);
  if (end === -1) return undefined;
  try {
    const bytes = gunzip(kernel.subarray(start + 8, end), LARGEST);
    const config = startsWith(bytes, "#") ? parseConfig(Buffer.from(bytes).toString()) : undefined;
    return config?.size ? config : undefined;
  } catch (error) {
    if (error instanceof KernelError || error instanceof CodecError) return undefined;
    throw error;
  }
}

/** The most CPUs that a kernel of this configuration brings up; undefined when it does not say. */
export function mostCpus(config: KernelConfig): number | undefined {
  const value = config.get("NR_CPUS") ?? (config.get("SMP") === "n" ? "1" : "");
  return /^\d+$/.test(value) ? Number(value) : undefined;
}

/**
 * Whether an option is on. A whole configuration does not mention options whose dependencies are off, so a
 * missing one is off; without a configuration it is unknown.
 */
export function has(config: KernelConfig | undefined, option: string): "y" | "m" | "n" | "unknown" {
  if (config === undefined) return "unknown";
  const value = config.get(option) ?? "n";
  return value === "n" || value === "m" ? value : "y";
}
