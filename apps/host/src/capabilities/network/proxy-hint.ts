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
 * where nobody listens, and reaches the host's 127.0.0.1 as `gateway` and ::1 as `gateway6` (slirp). Undefined where there
 * is no such proxy. A password in it is not repeated. The variable belongs to the command alone: vimto itself fetches
 * kernels by the environment's.
 */
export function proxyHint(
  environment: Environment,
  gateway: string,
  gateway6: string,
): string | undefined {
  for (const name of NAMES) {
    const value = environment[name];
    const found = value === undefined ? null : LOOPBACK.exec(value);
    if (value === undefined || found === null) continue;
    const [all, before = "", address = ""] = found;
    const scheme = before.replace(/[^/]*@$/, "");
    const inThere = `${name} names a proxy on ${address}, which is the guest itself in there`;
    if (/^127\./.test(address) && address !== "127.0.0.1")
      return `${inThere}; of the host's loopback it reaches 127.0.0.1 alone, so let the proxy listen there`;
    const reached = address === "[::1]" ? `[${gateway6}]` : gateway;
    const instead = `${scheme}${reached}${value.slice(all.length)}`;
    return `${inThere}; the host's is ${reached}, as in: exec -- env ${name}=${instead} COMMAND`;
  }
  return undefined;
}
