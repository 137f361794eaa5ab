import { readFileSync } from "node:fs";

/** Texts of the host's files, a byte a character; "" for a missing one. */
export type NetworkFiles = { readonly resolvConf: string; readonly hosts: string };

/** Reads the host's files that decide a guest's network. */
export const readNetworkFiles = (): NetworkFiles => ({
  resolvConf: textOf("/etc/resolv.conf"),
  hosts: textOf("/etc/hosts"),
});

function textOf(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    // A missing file, or a link that leads nowhere: the guest's file has what the guest needs all the same.
    return "";
  }
}

/** QEMU's name server, which asks the name servers of the host's file. */
const NAME_SERVER = "10.0.2.3";

/**
 * The guest's /etc/resolv.conf (resolv.conf(5)): the host's name servers may be on the host's loopback, which is
 * not the guest's; domains to search and options are the same.
 */
export const resolvConfText = (host: string): string =>
  [
    `nameserver ${NAME_SERVER}`,
    ...host.split("\n").filter((line) => /^(?:search|domain|options)\s/.test(line)),
  ]
    .map((line) => `${line}\n`)
    .join("");

/**
 * The guest's /etc/hosts (hosts(5)): the host's own name leads to the guest itself, wherever it leads on the
 * host; the other names are the same.
 */
export function hostsText(host: string, hostname: string): string {
  const lines = host.split("\n").flatMap((line) => withoutName(line, hostname));
  const hasLocalhost = lines.some((line) => /^127\.0\.0\.1\s.*\blocalhost\b/.test(line));
  const own = [
    ...(hasLocalhost ? [] : ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost"]),
    `127.0.1.1\t${hostname}`,
  ];
  return [...own, ...lines].map((line) => `${line}\n`).join("");
}

/** The line without this name; empty for an empty line, and for one with no other name. */
function withoutName(line: string, hostname: string): string[] {
  if (!line.split(/[\s#]+/).includes(hostname)) return line === "" ? [] : [line];
  const [entry = ""] = line.split("#", 1);
  const [address = "", ...names] = entry.trim().split(/\s+/);
  const others = names.filter((name) => name !== hostname);
  return others.length === 0 ? [] : [[address, ...others].join("\t")];
}
