import { BlockList, isIP } from "node:net";
import { HttpError } from "./error.ts";

/** Environment variables, as process.env has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

const VARIABLES = [
  "HTTP_PROXY",
  "http_proxy",
  "HTTPS_PROXY",
  "https_proxy",
  "NO_PROXY",
  "no_proxy",
];

/** True for the names and addresses of this machine alone. */
export function isLoopback(hostname: string): boolean {
  const name = hostname.replace(/^\[|\]$/g, "").toLowerCase();
  if (name === "localhost" || name.endsWith(".localhost") || name === "::1") return true;
  return isIP(name) === 4 && name.startsWith("127.");
}

/**
 * The proxy for a URL by HTTPS_PROXY, HTTP_PROXY and NO_PROXY (upper case first), or undefined. Loopback never
 * goes through a proxy. NO_PROXY is read as Go reads it (golang.org/x/net/http/httpproxy): "*", names with all
 * their subdomains, addresses, CIDR blocks, each with a port if it applies to one port only.
 */
export function proxyFor(url: URL, env: Environment): string | undefined {
  const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
  const written = env[name] || env[name.toLowerCase()];
  if (!written || isLoopback(url.hostname)) return undefined;
  const without = env.NO_PROXY || env.no_proxy || "";
  if (without.split(",").some((rule) => ruleMatches(rule.trim(), url))) return undefined;
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`;
  if (!URL.canParse(text)) {
    throw new HttpError("network", `${name} is "${written}", which is not the address of a proxy`);
  }
  const proxy = new URL(text);
  if (proxy.protocol !== "http:" && proxy.protocol !== "https:") {
    throw new HttpError(
      "network",
      `${name} names a ${proxy.protocol.slice(0, -1)} proxy: http and https proxies can be used`,
    );
  }
  return proxy.href;
}

/**
 * Calls `start` without the proxy variables in the environment. Bun's fetch reads process.env when it is called
 * (seen in Bun 1.4.5: NO_PROXY there wins over the `proxy` option, and HTTP_PROXY applies without that option),
 * so this removes them for the length of that call, in which nothing else runs.
 */
export function withoutProxyVariables<T>(start: () => T): T {
  const kept = VARIABLES.map((name) => [name, process.env[name]] as const);
  for (const name of VARIABLES) delete process.env[name];
  try {
    return start();
  } finally {
    for (const [name, value] of kept) if (value !== undefined) process.env[name] = value;
  }
}

function ruleMatches(rule: string, url: URL): boolean {
  if (rule === "") return false;
  if (rule === "*") return true;
  const host = url.hostname.replace(/^\[|\]$/g, "").toLowerCase();
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const withPort = /^(\[[^\]]+\]|[^:]+):([0-9]+)$/.exec(rule);
  if (withPort && withPort[2] !== port) return false;
  const named = (withPort?.[1] ?? rule).replace(/^\[|\]$/g, "").toLowerCase();
  if (named.includes("/")) return inBlock(host, named);
  if (isIP(named)) return host === named;
  const suffix = named.replace(/^\*?\.?/, ".");
  return `.${host}`.endsWith(suffix);
}

function inBlock(host: string, block: string): boolean {
  const [address = "", bits = ""] = block.split("/");
  const family = isIP(address);
  if (family === 0 || isIP(host) !== family || !/^[0-9]{1,3}$/.test(bits)) return false;
  if (Number(bits) > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), family === 4 ? "ipv4" : "ipv6");
  return list.check(host, family === 4 ? "ipv4" : "ipv6");
}
