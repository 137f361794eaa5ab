import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type HostSource, parseSourcesFile, parseSourcesList } from "./host-sources.ts";

/** What apt of this machine knows of archives; all empty where there is no apt. */
export type HostApt = {
  readonly sources: readonly HostSource[];
  /** Its proxies, by the scheme that they are for. */
  readonly proxies: { readonly http?: string; readonly https?: string };
  /** False where the administrator has turned the check of Valid-Until off. */
  readonly checkValidUntil: boolean;
};

/**
 * Reads apt's sources, and its configuration by apt-config(8) where that is. What cannot be read counts
 * as absent: without it the public archives are asked.
 * @param directory  apt's own, /etc/apt
 */
export function readHostApt(
  directory = "/etc/apt",
  aptConfig: string | null = Bun.which("apt-config"),
): HostApt {
  const parts = join(directory, "sources.list.d");
  const names = listed(parts).sort();
  const sources = [
    ...parseSourcesList(read(join(directory, "sources.list"))),
    ...names.flatMap((name) => {
      if (name.endsWith(".list")) return parseSourcesList(read(join(parts, name)));
      if (name.endsWith(".sources")) return parseSourcesFile(read(join(parts, name)));
      return [];
    }),
  ];
  return { sources, ...parseConfig(aptConfig === null ? "" : dumped(aptConfig)) };
}

/** Reads the lines of `apt-config dump` that say how archives are reached. */
export function parseConfig(dump: string): Omit<HostApt, "sources"> {
  const value = (key: string) =>
    new RegExp(`^${key} "([^"]*)";$`, "im").exec(dump)?.[1] || undefined;
  const proxy = (scheme: string) => {
    const written = value(`Acquire::${scheme}::Proxy`);
    return written === "DIRECT" ? undefined : written;
  };
  const http = proxy("http");
  const https = proxy("https") ?? http;
  return {
    proxies: { ...(http ? { http } : {}), ...(https ? { https } : {}) },
    checkValidUntil: !/^(?:no|false|0)$/i.test(value("Acquire::Check-Valid-Until") ?? ""),
  };
}

function dumped(program: string): string {
  try {
    return Bun.spawnSync([program, "dump"], { stderr: "ignore" }).stdout.toString();
  } catch {
    return "";
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
