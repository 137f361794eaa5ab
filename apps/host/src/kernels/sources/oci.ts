import { resolve } from "node:path";
import { isatty } from "node:tty";
import type { OciError, PullEvent, PulledImage, PullPolicy } from "@vimto/oci";
import { Cache, cacheDirectory } from "../../cache/cache.ts";
import { imageDirectory } from "../../cache/images.ts";
import { Failure } from "../../failure.ts";
import type { Reporter } from "../../report/reporter.ts";
import type { Environment } from "../../run/prepare.ts";
import { ENDING, Interrupted } from "../../run/watch.ts";
import type { Settings } from "../../settings/index.ts";
import type { FetchImage } from "../resolve.ts";

export type Puller = {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly reporter: Reporter;
};

export type Wanted = {
  readonly image: string;
  /** Where a relative path in the name starts. */
  readonly directory: string;
  readonly policy: PullPolicy;
  readonly onEvent?: (event: PullEvent) => void;
};

/** Brings the image of a kernel into the cache, and keeps it there until this process ends. */
export const imageFetcher =
  (puller: Puller): FetchImage =>
  async (image, directory) => {
    const policy = puller.settings.pull;
    const { resolveInImage } = await import("@vimto/oci");
    const pulled = await pullImage(puller, { image, directory, policy }).catch((error) => {
      throw bothReadings(image, directory, error);
    });
    return {
      name: pulled.name,
      directory: pulled.directory,
      resolve: (path) => resolveInImage(pulled.directory, path),
    };
  };

/**
 * Brings an image into the cache, with its progress on stderr; a signal leaves the cache whole.
 * Errors: OciError, Interrupted.
 */
export async function pullImage(puller: Puller, wanted: Wanted): Promise<PulledImage> {
  const { createProgress, parsePlatform, pull, Store } = await import("@vimto/oci");
  const { settings, environment, reporter } = puller;
  const style = settings.quiet ? "none" : isatty(2) ? "bar" : "lines";
  const progress = createProgress({ style, columns: () => process.stderr.columns ?? 80 });
  const store = new Store(imageDirectory(new Cache(cacheDirectory(environment))));
  try {
    return await untilSignal("pull", (signal) =>
      pull(wanted.image, {
        store,
        policy: wanted.policy,
        platform: parsePlatform(settings.arch),
        env: environment,
        directory: wanted.directory,
        signal,
        onEvent: (event) => {
          reporter.progress(progress.event(event));
          wanted.onEvent?.(event);
        },
      }),
    );
  } finally {
    reporter.progress(progress.end());
  }
}

/** Runs what an AbortSignal ends; a signal to this process is one, and then the error is Interrupted. */
async function untilSignal<Result>(
  what: string,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const stop = new AbortController();
  let interrupted: Interrupted | undefined;
  const handlers = ENDING.map((name) => {
    const handler = () => {
      interrupted ??= new Interrupted(name, what);
      stop.abort();
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  try {
    return await run(stop.signal);
  } catch (error) {
    throw interrupted ?? error;
  } finally {
    for (const remove of handlers) remove();
  }
}

/**
 * A name without a registry may have been meant as a path: then the sentence says that there is none.
 * Other errors stay what they are.
 */
function bothReadings(text: string, directory: string, error: unknown): unknown {
  if (!isOciError(error) || error.code === "aborted" || error.code === "store") return error;
  const first = text.split("/", 1)[0] ?? "";
  const hasRegistry = text.includes("/") && /[.:]|^localhost$/.test(first);
  if (hasRegistry || /^oci(?:-archive)?:/.test(text)) return error;
  const path = JSON.stringify(resolve(directory, text));
  return new Failure(
    "kernel",
    `kernel ${JSON.stringify(text)} was taken for an image, as there is no file or directory ${path}: ` +
      error.message,
    { cause: error },
  );
}

const isOciError = (error: unknown): error is OciError =>
  error instanceof Error && error.name === "OciError";
