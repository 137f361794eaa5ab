import type { FetchOptions } from "../../kernels/source.ts";
import { fetchFromArchive } from "../../kernels/sources/archive.ts";
import { pullImage } from "../../kernels/sources/oci.ts";
import { writeWhole } from "../../report/print.ts";
import { UserError } from "../../settings/user-error.ts";
import { type CliCommand, takeWord } from "../command.ts";
import type { Context } from "../context.ts";
import { processSignals } from "../process.ts";
import { fetching } from "./fetched.ts";

/**
 * Brings an image into the cache: the one that the name stands for now, so the registry is asked, unless
 * --pull says otherwise.
 */
async function pullInto(context: Context, image: string): Promise<number> {
  const { settings, cache, environment, reporter } = context;
  for (const warning of settings.warnings) reporter.notice(warning);
  const chosen = settings.written.get("pull")?.some(({ origin }) => origin.from !== "default");
  const policy = chosen ? settings.pull : "always";
  const { parseKernelName } = await import("@vimto/apt/names");
  const kernel = parseKernelName(image);
  const wanted = { image, directory: settings.cwd, policy } as const;
  const pulled = await fetching<{ release(): void }>(processSignals, (signal) => {
    const options: FetchOptions = {
      signal,
      emit: (event) => {
        reporter.event({ kind: "pull", event });
        if (event.kind === "cached" && !settings.quiet)
          writeWhole(2, `${event.image} is in the cache (${event.digest})\n`);
      },
    };
    const around = { ...settings, cache, environment };
    return kernel === undefined
      ? pullImage(around, wanted, options)
      : fetchFromArchive(around, kernel, policy, options);
  }).finally(() => reporter.endProgress());
  pulled.release();
  return 0;
}

export const pull: CliCommand = {
  name: "pull",
  usage: "KERNEL",
  help: "fetch an image, or a kernel such as debian:12",
  details: `Fetches a kernel image from a registry, from oci:DIR or from oci-archive:FILE,
or a kernel of Debian's or Ubuntu's archive (vimto kernels lists those), for
this host's architecture or the one that --arch names. The registry is asked
what the name stands for now, unless --pull says otherwise.

  vimto pull ghcr.io/cilium/ci-kernels:stable`,
  run: async ({ words, context }) => {
    const image = takeWord("pull", words, 1);
    if (image === undefined || image === "")
      throw new UserError(
        "missing-argument",
        "pull needs an image, as in: vimto pull ghcr.io/cilium/ci-kernels:stable",
      );
    return pullInto(await context(), image);
  },
};
