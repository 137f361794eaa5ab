import { existsSync } from "node:fs";
import { join } from "node:path";
import { ArchiveError, TreeWriter } from "@vimto/archive";
import { CodecError } from "@vimto/codec";
import { discard, download } from "@vimto/http";
import { unpackDeb } from "@vimto/packages";
import { parseDigest, verified } from "@vimto/store";
import type { Context } from "../context.ts";
import { AptError } from "../errors.ts";
import type { ArchiveKernel, LocatedPackage } from "../kernels/kernels.ts";

/**
 * Fills a directory with a kernel: its packages are unpacked as they come, each checked against the
 * size and the digest of the signed index.
 * @returns the bytes of all files
 */
export async function buildTree(
  directory: string,
  kernel: ArchiveKernel,
  context: Context,
): Promise<number> {
  const { limits, signal, onEvent } = context;
  const tree = new TreeWriter(directory, { limits, what: `kernel ${kernel.release}` });
  try {
    for (const [layer, found] of kernel.packages.entries()) {
      const what = `package "${found.name}"`;
      const source = counted(openPackage(found, what, context), (bytes) =>
        onEvent({ kind: "received", layer, bytes }),
      );
      await firstReason(source, (chunks) => unpackDeb(chunks, tree, { ...limits, what, signal }));
      onEvent({ kind: "fetched", layer, cached: false });
      onEvent({ kind: "unpacked", layer });
    }
    tree.finish();
  } catch (error) {
    tree.abandon();
    throw error;
  }
  checkWhole(directory, kernel);
  return tree.bytes;
}

/**
 * Wrong bytes make their reader fail in many ways: then this reads the rest for the digest, which is the real
 * reason.
 */
async function firstReason(
  source: AsyncGenerator<Uint8Array>,
  read: (chunks: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  // Without `return`, so that a reader that fails leaves the source open.
  const next = () => source.next();
  try {
    await read({ [Symbol.asyncIterator]: () => ({ next }) });
  } catch (error) {
    const isOfContent =
      error instanceof CodecError ||
      (error instanceof ArchiveError && error.code === "archive") ||
      (error instanceof AptError && error.code === "package");
    if (isOfContent) for await (const _ of source);
    throw error;
  } finally {
    await source.return(undefined);
  }
}

function openPackage(
  found: LocatedPackage,
  what: string,
  { transport, clock, signal, onEvent }: Context,
): AsyncIterable<Uint8Array> {
  const url = new URL(found.filename, found.base);
  const open = async (offset: number, stop?: AbortSignal): Promise<Response> => {
    const headers: Record<string, string> = offset > 0 ? { range: `bytes=${offset}-` } : {};
    const { response } = await transport.send({ method: "GET", url, headers, signal: stop });
    if (response.status === 200 || response.status === 206) return response;
    await discard(response);
    throw new AptError(
      "mirror",
      response.status === 404
        ? `"${url.host}" does not have ${what} that its index names (${found.filename}): try again later, or use another mirror`
        : `"${url.host}" answered with status ${response.status} for ${what}`,
    );
  };
  const saidBy = "the package index";
  const { size } = found;
  const onRetry = (message: string) => onEvent({ kind: "retry", message });
  const chunks = download({ what, size, saidBy }, open, { clock, signal, onRetry });
  return verified(
    chunks,
    { digest: parseDigest(`sha256:${found.sha256}`, what), size, saidBy },
    what,
  );
}

/** Packages that unpack but hold no kernel are useless. */
function checkWhole(directory: string, { release, packages }: ArchiveKernel): void {
  const places = [`boot/vmlinuz-${release}`, `boot/vmlinux-${release}`].concat(
    // Its place in Debian's packages since their split.
    ["lib", "usr/lib"].map((lib) => `${lib}/modules/${release}/vmlinuz`),
  );
  if (places.some((path) => existsSync(join(directory, path)))) return;
  const names = packages.map(({ name }) => name).join(", ");
  throw new AptError("package", `there is no kernel in the packages of ${release}: ${names}`);
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    yield chunk;
    onBytes(chunk.length);
  }
}
