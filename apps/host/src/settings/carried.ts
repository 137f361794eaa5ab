import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Entry, Origin } from "./origin.ts";
import type { KernelChoice, Settings } from "./settings.ts";
import { parseShare } from "./shares.ts";
import type { SettingKey } from "./table/table.ts";

/**
 * The options that make another vimto, started elsewhere, decide as this one did: what was written as
 * an option or a variable, with relative paths made absolute.
 *
 * @param from the places to carry; the other vimto reads the environment itself when it inherits it
 */
export function carriedOptions(settings: Settings, from: readonly Origin["from"][]): string[] {
  const carried: string[] = [];
  for (const [key, entries] of settings.written) {
    for (const entry of entries) {
      if (from.includes(entry.origin.from)) carried.push(...optionOf(key, entry, settings));
    }
  }
  return carried;
}

/** The option that names the settings file of this vimto to another. */
export const carriedFile = (settings: Settings): string => `--config=${settings.file ?? "none"}`;

function optionOf(key: SettingKey, { text }: Entry, settings: Settings): string[] {
  switch (key) {
    case "setup":
    case "teardown":
    case "dry-run":
    case "shell-on-failure":
    case "kernels":
    case "only":
    case "jobs":
    case "shard":
    case "bisect":
    case "resume":
    case "timings":
    case "fail-fast":
    case "retry-boot":
    case "output":
    case "report":
      return [];
    case "kernel":
      return settings.kernel ? [`--kernel=${absoluteKernel(settings.kernel)}`] : [];
    case "share":
      return [`--share=${absoluteShare(text, settings.cwd)}`];
    case "start":
      return [text === "fresh" ? "--fresh" : "--fresh=false"];
    case "sudo":
    case "verbose":
    case "quiet":
    case "gdb":
      return [text === "true" ? `--${key}` : `--${key}=${text}`];
    case "memory":
    case "smp":
    case "arch":
    case "accel":
    case "fs":
    case "net":
    case "publish":
    case "append":
    case "tty":
    case "user":
    case "timeout":
    case "pull":
    case "debian-mirror":
    case "ubuntu-mirror":
    case "require-signature":
      return [`--${key}=${text}`];
  }
}

/** VIMTO_ variables whose relative paths another working directory would read differently. */
export function carriedEnvironment(settings: Settings): Record<string, string> {
  const carried: Record<string, string> = {};
  const of = (key: SettingKey) =>
    (settings.written.get(key) ?? []).filter(({ origin }) => origin.from === "environment");
  if (settings.kernel && of("kernel").length > 0) {
    carried.VIMTO_KERNEL = absoluteKernel(settings.kernel);
  }
  // The kernels are dealt out already; the other vimto must not deal again.
  if (of("shard").length > 0) carried.VIMTO_SHARD = "";
  const shares = of("share").map(({ text }) => absoluteShare(text, settings.cwd));
  if (shares.length > 0) carried.VIMTO_SHARE = shares.join("\n");
  return carried;
}

/** An existing path is a path; anything else may be an image or a word, and stays as it is. */
function absoluteKernel({ text, directory }: KernelChoice): string {
  const [, transport = "", rest = ""] = /^(oci:|oci-archive:)?(.*)$/s.exec(text) ?? [];
  if (transport !== "") return `${transport}${resolve(directory, rest)}`;
  const path = resolve(directory, text);
  return /^\.{0,2}\//.test(text) || existsSync(path) ? path : text;
}

function absoluteShare(text: string, cwd: string): string {
  const { path, readonly } = parseShare(text, "share", cwd);
  return `${path}:${readonly ? "ro" : "rw"}`;
}
