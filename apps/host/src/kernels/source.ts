import type { KernelFiles } from "@vimto/kernel";
import type { PullEvent } from "@vimto/oci";
import type { Cache } from "../cache/cache.ts";
import type { Environment } from "../host/facts.ts";
import type { Settings } from "../settings/settings.ts";
import type { FetchedImage } from "./image.ts";

export type FetchOptions = {
  /** Ends the fetch; what is in the cache stays whole. */
  readonly signal: AbortSignal;
  readonly emit: (event: PullEvent) => void;
};

/** A kernel whose files are on this machine. */
export type LocatedKernel = {
  /** As the user named it. */
  readonly text: string;
  readonly files: KernelFiles;
  /** A directory whose content appears on the guest's root. */
  readonly overlay: string | undefined;
  /** The image that it came in; its links are not trusted. */
  readonly image?: FetchedImage | undefined;
  /** Where the modules are that came apart from it: completes a sentence after "; ". */
  readonly modulesAdvice?: string | undefined;
  /** What a user of --verbose wants to know of where it is from; whole sentences. */
  readonly details?: readonly string[];
};

/** Something that `--kernel` can name. Nothing is looked up before `locate`. */
export type KernelSource = {
  /** As the user named it. */
  readonly text: string;
  /**
   * Finds the files, and fetches them first where they are elsewhere. Errors: KernelError, Failure
   * "kernel" and "cache", OciError.
   */
  readonly locate: (options: FetchOptions) => Promise<LocatedKernel>;
};

/** What sources need besides the name. */
export type SourceContext = {
  readonly cache: Cache;
  readonly environment: Environment;
  readonly arch: Settings["arch"];
  readonly pull: Settings["pull"];
  readonly mirrors: Settings["mirrors"];
  readonly requireSignature: boolean;
  /** The release of a kernel file. Errors: KernelError. */
  readonly releaseOf: (path: string) => string;
};
