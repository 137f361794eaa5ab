import { installedKernels } from "@vimto/kernel";
import { imageDirectory } from "../../kernels/sources/oci.ts";
import type { Context } from "../context.ts";
import type { Offer } from "./answer.ts";

/** Kernels that --kernel can name and that are on this machine; nothing is asked of a network. */
export async function localKernels({ settings, cache }: Context): Promise<readonly Offer[]> {
  const installed = installedKernels().filter(({ readable }) => readable);
  const { Store } = await import("@vimto/store");
  const images = new Store(imageDirectory(cache)).images();
  const names = [...new Set(images.map(({ name }) => name))];
  const configured = settings.kernel && repository(settings.kernel.text);
  return [
    { text: "host", help: "the kernel that this machine runs" },
    ...installed.map(({ release }) => ({ text: `host:${release}`, help: "installed" })),
    ...names.map((text) => ({ text, help: "in the cache" })),
    ...names
      .filter((name) => configured !== undefined && repository(name) === configured)
      .map((name) => ({ text: name.slice(name.lastIndexOf(":")), help: `the tag of ${name}` })),
  ];
}

/** An image's name without its tag; undefined for a name without a tag, and for the name of anything else. */
function repository(image: string): string | undefined {
  if (/^(?:host|debian|ubuntu)(?::|$)|@/.test(image)) return undefined;
  return /^(.+):[\w.-]+$/s.exec(image)?.[1];
}
