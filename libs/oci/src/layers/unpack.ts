import { type ByteString, fromText, TarDecoder } from "@vimto/archive";
import { decompressStream } from "@vimto/codec";
import { checkDigest, verified } from "@vimto/store";
import { asOciError, OciError, throwIfAborted } from "../errors.ts";
import type { Limits } from "../limits.ts";
import type { LayerPlan } from "../remote/plan.ts";
import type { LayerWriter } from "./layer-writer.ts";

export type UnpackOptions = {
  readonly limits: Limits;
  /** Names the layer in errors: `layer 2 of image "alpine"`. */
  readonly what: string;
  /** True if the fetch has just checked the bytes. */
  readonly isVerified?: boolean;
  readonly signal?: AbortSignal | undefined;
};

/**
 * Applies one layer from its bytes as they are stored. Checks the bytes against size and digest while they
 * pass, unless the fetch has just done so, and the unpacked bytes against the config's digest: trust the
 * directory only when this ends without an error.
 * @throws OciError "digest", "layer", "limit", "store"
 */
export async function unpackLayer(
  plan: LayerPlan,
  chunks: AsyncIterable<Uint8Array>,
  writer: LayerWriter,
  options: UnpackOptions,
): Promise<void> {
  const source = options.isVerified ? chunks : verified(chunks, plan.descriptor, options.what);
  if (plan.content.kind === "file") {
    await storeFile(plan, fromText(plan.content.name), source, writer, options);
    return;
  }
  const { diffId } = plan.content;
  const hash = diffId === undefined ? undefined : new Bun.CryptoHasher(diffId.algorithm);
  const decoder = new TarDecoder(writer, options.limits.headerBytes);
  const checkRatio = ratioCheck(plan.descriptor.size, options);
  const consume = (bytes: Uint8Array) => {
    throwIfAborted(options.signal);
    checkRatio(bytes.length);
    hash?.update(bytes);
    decoder.push(bytes);
  };
  try {
    await decompressStream(source, consume, options);
    decoder.end();
  } catch (error) {
    throwIfAborted(options.signal);
    throw asOciError(error);
  }
  if (hash && diffId) checkDigest(hash, diffId, `unpacked, ${options.what}`);
}

async function storeFile(
  { descriptor: { size } }: LayerPlan,
  name: ByteString,
  source: AsyncIterable<Uint8Array>,
  writer: LayerWriter,
  { signal }: UnpackOptions,
): Promise<void> {
  writer.entry({ kind: "file", name, link: "", mode: 0o644, size, mtime: 0 });
  let offset = 0;
  for await (const bytes of source) {
    throwIfAborted(signal);
    writer.data(bytes, offset);
    offset += bytes.length;
  }
  writer.close();
}

function ratioCheck(packed: number, { limits, what }: UnpackOptions): (bytes: number) => void {
  const most = Math.max(limits.ratioFloorBytes, packed * limits.ratio);
  let unpacked = 0;
  return (bytes) => {
    unpacked += bytes;
    if (unpacked <= most) return;
    throw new OciError(
      "limit",
      `${what} unpacks to more than ${most} bytes from ${packed}: this is more than any real layer`,
    );
  };
}
