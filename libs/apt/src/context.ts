import type { Clock, Transport } from "@vimto/http";
import type { OnPullEvent, StorePaths } from "@vimto/store";
import type { Mirrors } from "./archives/archives.ts";
import type { HostApt } from "./archives/host-apt.ts";
import type { Limits } from "./limits.ts";
import type { DebArchitecture } from "./names/distributions.ts";

/** All that fetching from archives depends on, defaults filled in. */
export type Context = {
  readonly paths: StorePaths;
  readonly architecture: DebArchitecture;
  readonly mirrors: Mirrors;
  readonly host: HostApt;
  readonly transport: Transport;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Keys to check signatures with instead of the host's. */
  readonly keyring: string | undefined;
  readonly gpgv: string | null;
  readonly requireSignature: boolean;
  readonly checkValidUntil: boolean;
  /** Take an index that was fetched before where its archive cannot be reached? */
  readonly useStale: boolean;
  readonly onEvent: OnPullEvent;
  /** Emits a note, once however often it is made. */
  readonly note: (message: string) => void;
  readonly signal: AbortSignal | undefined;
};
