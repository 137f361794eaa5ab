import { pullImage } from "../../kernels/sources/oci.ts";
import type { Context } from "./context.ts";

/**
 * Brings an image into the cache. Whoever asks for that wants what the name stands for now, so the
 * registry is asked, unless --pull says otherwise.
 */
export async function pull(context: Context, image: string): Promise<number> {
  const { settings, reporter } = context;
  for (const warning of settings.warnings) reporter.notice(warning);
  const chosen = settings.written.get("pull")?.some(({ origin }) => origin.from !== "default");
  const pulled = await pullImage(context, {
    image,
    directory: settings.cwd,
    policy: chosen ? settings.pull : "always",
    onEvent: (event) => {
      if (event.kind !== "cached" || settings.quiet) return;
      reporter.progress(`${event.image} is in the cache (${event.digest})\n`);
    },
  });
  pulled.release();
  return 0;
}
