import { HttpError } from "./error.ts";

/**
 * The whole body of an answer that must be small.
 * @param what  names it in the error: `the manifest of "alpine"`
 * @throws HttpError "limit" as soon as more than `most` bytes are announced or have come
 */
export async function readBounded(
  response: Response,
  most: number,
  what: string,
): Promise<Uint8Array> {
  const tooLong = () => new HttpError("limit", `${what} is longer than ${most} bytes`);
  if (Number(response.headers.get("content-length") ?? 0) > most) {
    await discard(response);
    throw tooLong();
  }
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of response.body ?? []) {
    length += part.length;
    if (length > most) throw tooLong();
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** Releases an answer whose body nobody will read. */
export async function discard(response: Response): Promise<void> {
  if (!response.bodyUsed) await response.body?.cancel().catch(() => {});
}
