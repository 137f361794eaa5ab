import type { ImageBuilder, Json } from "./image-builder.ts";

export type Seen = {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Headers;
};

/** A fault: the answer to a request instead of the right one, or undefined for the right one. */
export type Fault = (request: Seen, earlier: number) => Response | Promise<Response> | undefined;

/**
 * A registry on loopback that answers exactly as the distribution specification says, and misbehaves on
 * request. It refuses requests that a strict registry would refuse.
 */
export class FakeRegistry implements AsyncDisposable {
  readonly seen: Seen[] = [];
  readonly tags = new Map<string, Json>();
  /** Consulted before each answer; `earlier` counts the earlier requests for the same path. */
  fault: Fault = () => undefined;
  /** "127.0.0.1:PORT" */
  readonly host: string;
  readonly #images: ImageBuilder;
  readonly #server: Bun.Server<undefined>;

  constructor(images: ImageBuilder, tags: Readonly<Record<string, Json>> = {}) {
    this.#images = images;
    for (const [tag, descriptor] of Object.entries(tags)) this.tags.set(tag, descriptor);
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => this.#answer(request),
    });
    this.host = `127.0.0.1:${this.#server.port}`;
  }

  /** The name of an image in it. */
  name(tag: string): string {
    return `${this.host}/test/kernel:${tag}`;
  }

  /** "GET manifests/v1" for each request so far, without the probe of /v2/. */
  get requests(): string[] {
    return this.seen
      .filter(({ path }) => path !== "/v2/")
      .map(({ method, path }) => `${method} ${path.replace("/v2/test/kernel/", "")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const { method, headers } = request;
    const earlier = this.seen.filter(
      (seen) => seen.path === url.pathname && seen.method === method,
    ).length;
    const seen = { method, path: url.pathname, query: url.searchParams, headers };
    this.seen.push(seen);
    return (await this.fault(seen, earlier)) ?? this.#right(seen);
  }

  #right({ method, path, headers }: Seen): Response {
    if (path === "/v2/") return new Response("{}");
    const match = /^\/v2\/test\/kernel\/(manifests|blobs)\/(.+)$/.exec(path);
    if (!match) return failure(404, "NAME_UNKNOWN", "repository name not known to registry");
    if (method !== "GET" && method !== "HEAD") return failure(405, "UNSUPPORTED", "read only");
    const [, kind, name = ""] = match;
    if (kind === "blobs") return this.#blob(name, headers);
    const descriptor = this.tags.get(name);
    const digest = String(descriptor?.digest ?? name);
    const bytes = this.#images.blobs.get(digest);
    if (!bytes) return failure(404, "MANIFEST_UNKNOWN", "manifest unknown");
    const mediaType = String(JSON.parse(Buffer.from(bytes).toString()).mediaType);
    if (!headers.get("accept")?.includes(mediaType)) {
      return failure(404, "MANIFEST_UNKNOWN", "accept header does not support the manifest");
    }
    return new Response(method === "HEAD" ? null : Buffer.from(bytes), {
      headers: { "content-type": mediaType, "docker-content-digest": digest },
    });
  }

  #blob(digest: string, headers: Headers): Response {
    const bytes = this.#images.blobs.get(digest);
    if (!bytes) return failure(404, "BLOB_UNKNOWN", "blob unknown to registry");
    const range = /^bytes=([0-9]+)-$/.exec(headers.get("range") ?? "");
    if (!range) return new Response(Buffer.from(bytes));
    const start = Number(range[1]);
    if (start >= bytes.length) return failure(416, "SIZE_INVALID", "range");
    return new Response(Buffer.from(bytes.subarray(start)), {
      status: 206,
      headers: { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` },
    });
  }
}

export function failure(
  status: number,
  code: string,
  message: string,
  headers: Record<string, string> = {},
) {
  return Response.json({ errors: [{ code, message }] }, { status, headers });
}
