import { type Clock, type Environment, systemClock, Transport, trustedRoots } from "@vimto/http";
import type { OnPullEvent, Store } from "@vimto/store";
import type { Mirrors } from "./archives/archives.ts";
import { type HostApt, readHostApt } from "./archives/host-apt.ts";
import type { Context } from "./context.ts";
import { DEFAULT_LIMITS, type Limits } from "./limits.ts";
import type { DebArchitecture } from "./names/distributions.ts";
import { ownArchitecture } from "./names/platform.ts";

/** Options of fetching and listing. */
export type ArchiveOptions = {
  readonly store: Store;
  /** By default the host's. */
  readonly architecture?: DebArchitecture;
  /** Mirrors to ask instead of the host's own sources and the public archives. */
  readonly mirrors?: Mirrors;
  /** Proxies and certificates, by the variables that curl and apt read; by default no variables. */
  readonly env?: Environment;
  /** The configuration of this machine's apt; by default read from /etc/apt. */
  readonly host?: HostApt;
  /** A file of keys to check signatures with, instead of the host's archive keyrings. */
  readonly keyring?: string;
  /** The path of gpgv, or null to do without; by default looked for in PATH. */
  readonly gpgv?: string | null;
  /** Refuse an index whose signature cannot be checked; by default false. */
  readonly requireSignature?: boolean;
  /** Refuse an index that is past its date; by default true. */
  readonly checkValidUntil?: boolean;
  readonly limits?: Partial<Limits>;
  readonly onEvent?: OnPullEvent;
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
};

/** The same with all defaults filled in. */
export function contextOf(options: ArchiveOptions, useStale = false): Context {
  const noted = new Set<string>();
  const { onEvent = () => {}, clock = systemClock, env = {} } = options;
  const host = options.host ?? readHostApt();
  const proxied = {
    ...env,
    HTTP_PROXY: env.HTTP_PROXY || env.http_proxy || host.proxies.http,
    HTTPS_PROXY: env.HTTPS_PROXY || env.https_proxy || host.proxies.https,
  };
  return {
    paths: options.store.paths,
    architecture: options.architecture ?? ownArchitecture(),
    mirrors: options.mirrors ?? {},
    host,
    transport: new Transport({
      env: proxied,
      clock,
      roots: trustedRoots(env),
      // http is allowed, as for apt: the signed index has the digest of everything that comes.
      plainHttp: () => true,
      onRetry: (message) => onEvent({ kind: "retry", message }),
    }),
    clock,
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    keyring: options.keyring,
    gpgv: options.gpgv === undefined ? Bun.which("gpgv") : options.gpgv,
    requireSignature: options.requireSignature ?? false,
    checkValidUntil: options.checkValidUntil ?? true,
    useStale,
    onEvent,
    note: (message) => {
      if (!noted.has(message)) onEvent({ kind: "note", message });
      noted.add(message);
    },
    signal: options.signal,
  };
}
