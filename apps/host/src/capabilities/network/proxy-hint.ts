import type { Environment } from "../../host/facts.ts";

/** Variables by which curl, apt, pip and others find a proxy, in both spellings. */
const NAMES = ["http_proxy", "https_proxy", "ftp_proxy", "all_proxy"].flatMap((name) => [
  name,
  name.toUpperCase(),
]);

/** An address of the loopback, with or without a scheme and a user. */
const LOOPBACK =
  /^((?:[a-z0-9+.-]+:\/\/)?(?:[^/@]*@)?)(127(?:\.\d{1,3}){3}|localhost|\[::1\])(?=[:/]|$)/i;

/**
 * A sentence about the first proxy of the environment that listens on the loopback: the guest has a loopback of its own,
 * where nobody listens, and reaches the host's as `gateway`. Undefined where there is no such proxy. A password in it is
 * not repeated.
 */
export function proxyHint(environment: Environment, gateway: string): string | undefined {
  for (const name of NAMES) {
    const value = environment[name];
    const found = value === undefined ? null : LOOPBACK.exec(value);
    if (value === undefined || found === null) continue;
    const [all, before = "", address = ""] = found;
    const scheme = before.replace(/[^/]*@$/, "");
    const instead = `${scheme}${gateway}${value.slice(all.length)}`;
    return `${name} names a proxy on ${address}, which is the guest itself in there; the host's is ${gateway}, as in: ${name}=${instead}`;
  }
  return undefined;
}
