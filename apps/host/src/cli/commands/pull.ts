import { pullImage } from "../../kernels/sources/oci.ts";
import { writeWhole } from "../../report/print.ts";
import { processSignals } from "../process.ts";
import type { Context } from "./context.ts";
import { fetching } from "./fetched.ts";

/**
 * Brings an image into the cache: the one that the name stands for now, so the registry is asked, unless
 * --pull says otherwise.
 */
export async function pull(context: Context, image: string): Promise<number> {
  const { settings, cache, environment, reporter } = context;
  for (const warning of settings.warnings) reporter.notice(warning);
  const chosen = settings.written.get("pull")?.some(({ origin }) => origin.from !== "default");
  const policy = chosen ? settings.pull : "always";
  const wanted = { image, directory: settings.cwd, policy };
  const pulled = await fetching(processSignals, (signal) =>
    pullImage({ cache, environment, arch: settings.arch }, wanted, {
      signal,
      emit: (event) => {
        reporter.event({ kind: "pull", event });
        if (event.kind === "cached" && !settings.quiet)
          writeWhole(2, `${event.image} is in the cache (${event.digest})\n`);
      },
    }),
  ).finally(() => reporter.endProgress());
  pulled.release();
  return 0;
}
