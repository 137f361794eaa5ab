import type { SharingWish } from "@vimto/kernel";
import type { Architecture } from "@vimto/linux";
import type { ShareTransport } from "../capabilities/share-transport.ts";
import { Failure } from "../failure.ts";
import type { SharedDirectory } from "../host/facts.ts";
import { hasMoreFiles } from "../host/file-count.ts";
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

/** A tree grows during a run. */
const SHARE_OF_OPEN_FILES = 1 / 4;

/** The shares that have too many files for those that virtiofsd may have open. Looks at no share where they are enough. */
export function crowdedShares(
  server: FileServerFound | undefined,
  shares: readonly Pick<SharedDirectory, "path">[],
): readonly string[] {
  if (server === undefined || server instanceof Failure || server.openFiles === undefined)
    return [];
  const limit = Math.floor(server.openFiles * SHARE_OF_OPEN_FILES);
  return shares.map(({ path }) => path).filter((path) => hasMoreFiles(path, limit));
}

function whyNotForShares(
  architecture: Architecture,
  server: FileServerFound | undefined,
  [crowded]: readonly string[],
): string | undefined {
  if (server instanceof Failure) return server.message;
  // QEMU's own can be told to keep no file open that the guest does not use.
  if (crowded !== undefined && server?.program === "rust")
    return `${JSON.stringify(crowded)} has too many files for a virtiofsd that may have ${server.openFiles} open; raise the limit of open files (ulimit -Hn)`;
  return plugsIn(architecture) ? undefined : "virtiofs is plugged into machines of amd64 alone";
}

/** What --fs means for a kernel on this host, and why shares stay with 9p where the user leaves the choice. */
export function sharingWish(
  fs: Settings["fs"],
  architecture: Architecture,
  server: FileServerFound | undefined,
  crowded: readonly string[],
): { readonly wish: SharingWish; readonly unfit: string | undefined } {
  const unfit = fs === "auto" ? whyNotForShares(architecture, server, crowded) : undefined;
  return { wish: unfit === undefined ? fs : "9p first", unfit };
}

/** Throws Failure "file-server", which says why it is needed. */
export async function virtiofsTransport(
  { text, release, sharing }: KernelImage,
  server: FileServerFound | undefined,
  crowded: readonly string[],
): Promise<ShareTransport> {
  const { shareVirtiofs } = await import("../capabilities/share-virtiofs/share-virtiofs.ts");
  const wayOut = sharing.layers === "virtiofs" ? "a kernel with 9p" : "--fs 9p";
  if (server === undefined) throw new Error("virtiofs without a server that was looked for");
  if (!(server instanceof Failure)) return shareVirtiofs(server, wayOut, crowded);
  const why =
    sharing.layers === "virtiofs"
      ? `kernel ${JSON.stringify(text)} (${release}) was built without 9p and has its files over virtiofs, but`
      : "--fs virtiofs cannot be used:";
  throw new Failure("file-server", `${why} ${server.message}; ${wayOut} does without it`, {
    cause: server,
  });
}
