import type { SharingWish } from "@vimto/kernel";
import { type Architecture, RLIMIT_NOFILE } from "@vimto/linux";
import type { ShareTransport } from "../capabilities/share-transport.ts";
import { Failure } from "../failure.ts";
import type { HostFacts, SharedDirectory } from "../host/facts.ts";
import type { Virtiofsd, VirtiofsdSearch } from "../host/virtiofsd.ts";
import type { KernelImage } from "../kernels/image.ts";
import type { Settings } from "../settings/settings.ts";

/** A virtiofsd that starts, or the Failure that says why no virtiofsd does. */
export type FileServerFound = Virtiofsd | Failure;

/** Loaded where it may be needed. Rejects with the Failures of the cache. */
export async function fileServer(
  search: Omit<VirtiofsdSearch, "whyNotStarted">,
): Promise<FileServerFound> {
  const [{ findVirtiofsd }, { whyNotStarted }] = await Promise.all([
    import("../host/virtiofsd.ts"),
    import("../capabilities/share-virtiofs/start-probe.ts"),
  ]);
  try {
    return await findVirtiofsd({
      ...search,
      whyNotStarted: (found) => whyNotStarted(found, search.cache.emptyDirectory()),
    });
  } catch (error) {
    if (error instanceof Failure && error.code === "file-server") return error;
    throw error;
  }
}

/** virtiofsd takes its directory as text. */
export function whyNotServed(shares: readonly SharedDirectory[]): Failure | undefined {
  const odd = shares.find(({ path }) => !path.isWellFormed());
  return (
    odd &&
    new Failure(
      "file-server",
      `virtiofsd serves no directory whose path is not UTF-8, such as ${JSON.stringify(odd.path)}`,
    )
  );
}

/** Whether a template of such a machine has ports for virtiofs: elsewhere its clones would be fresh boots. */
export const plugsIn = (architecture: Architecture): boolean => architecture === "x86_64";

function whyNotForShares(
  architecture: Architecture,
  server: FileServerFound | undefined,
  { trackedFiles, limits }: Pick<HostFacts, "trackedFiles" | "limits">,
): string | undefined {
  if (server instanceof Failure) return server.message;
  const open = limits.find(({ resource }) => resource === RLIMIT_NOFILE)?.hard;
  // virtiofsd holds a descriptor for each file that the guest knows, and a tree has directories and untracked
  // files besides.
  if (server?.fileHandles !== "prefer" && open !== undefined && 2 * trackedFiles > open)
    return `git keeps ${trackedFiles} files here, and virtiofsd may have ${open} open; raise the limit of open files (ulimit -Hn)`;
  return plugsIn(architecture) ? undefined : "virtiofs is plugged into machines of amd64 alone";
}

/** What --fs means for a kernel on this host, and why shares stay with 9p where the user leaves the choice. */
export function sharingWish(
  fs: Settings["fs"],
  architecture: Architecture,
  server: FileServerFound | undefined,
  host: Pick<HostFacts, "trackedFiles" | "limits">,
): { readonly wish: SharingWish; readonly unfit: string | undefined } {
  const unfit = fs === "auto" ? whyNotForShares(architecture, server, host) : undefined;
  return { wish: unfit === undefined ? fs : "9p first", unfit };
}

/** Throws Failure "file-server", which says why it is needed. */
export async function virtiofsTransport(
  { text, release, sharing }: KernelImage,
  server: FileServerFound | undefined,
): Promise<ShareTransport> {
  const { shareVirtiofs } = await import("../capabilities/share-virtiofs/share-virtiofs.ts");
  const wayOut = sharing.layers === "virtiofs" ? "a kernel with 9p" : "--fs 9p";
  if (server === undefined) throw new Error("virtiofs without a server that was looked for");
  if (!(server instanceof Failure)) return shareVirtiofs(server, wayOut);
  const why =
    sharing.layers === "virtiofs"
      ? `kernel ${JSON.stringify(text)} (${release}) was built without 9p and has its files over virtiofs, but`
      : "--fs virtiofs cannot be used:";
  throw new Failure("file-server", `${why} ${server.message}; ${wayOut} does without it`, {
    cause: server,
  });
}
