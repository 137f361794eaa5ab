import type { ImageBuilder, Json } from "../../libs/oci/src/testing/image-builder.ts";

/**
 * Pushes all blobs of a builder and one manifest or index with what it names, by the upload requests of
 * the distribution specification. For images that skopeo would refuse or change.
 */
export async function push(
  builder: ImageBuilder,
  descriptor: Json,
  repository: string,
  tag: string,
): Promise<void> {
  const slash = repository.indexOf("/");
  const base = `http://${repository.slice(0, slash)}/v2/${repository.slice(slash + 1)}`;
  for (const [digest, bytes] of builder.blobs) await pushBlob(base, digest, bytes);
  await pushManifest(base, builder, descriptor, tag);
}

async function pushBlob(base: string, digest: string, bytes: Uint8Array): Promise<void> {
  const start = await expectStatus(202, `${base}/blobs/uploads/`, { method: "POST" });
  const url = new URL(start.headers.get("location") ?? "", base);
  url.searchParams.set("digest", digest);
  const headers = { "content-type": "application/octet-stream" };
  await expectStatus(201, url.href, { method: "PUT", body: Buffer.from(bytes), headers });
}

async function pushManifest(
  base: string,
  builder: ImageBuilder,
  descriptor: Json,
  name: string,
): Promise<void> {
  const bytes = Buffer.from(builder.blobs.get(String(descriptor.digest)) ?? "");
  const inner = JSON.parse(bytes.toString()).manifests ?? [];
  for (const each of inner) await pushManifest(base, builder, each, String(each.digest));
  const headers = { "content-type": String(descriptor.mediaType) };
  await expectStatus(201, `${base}/manifests/${name}`, { method: "PUT", body: bytes, headers });
}

async function expectStatus(status: number, url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status === status) return response;
  throw new Error(`${init.method} ${url}: ${response.status} ${await response.text()}`);
}
