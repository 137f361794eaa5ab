import type { TestArchive } from "./test-archive.ts";

/** A fault: the answer to a request instead of the right one, or undefined for the right one. */
export type Fault = (path: string, earlier: number) => Response | undefined;

/** An archive on loopback, with ranges and by-hash, that misbehaves on request. */
export class ServedArchive implements AsyncDisposable {
  /** Paths below the archive, in the order of the requests. */
  readonly seen: string[] = [];
  fault: Fault = () => undefined;
  /** "127.0.0.1:PORT" */
  readonly host: string;
  readonly #archive: TestArchive;
  readonly #server: Bun.Server<undefined>;

  constructor(archive: TestArchive) {
    this.#archive = archive;
    this.#server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      fetch: (request) => this.#answer(request),
    });
    this.host = `127.0.0.1:${this.#server.port}`;
  }

  get mirror(): string {
    return `http://${this.host}/debian`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop(true);
  }

  #answer(request: Request): Response {
    const { pathname } = new URL(request.url);
    // The archive of security updates stands beside the main one.
    const path = decodeURIComponent(pathname).replace(/^\/debian(?:-security)?\//, "");
    const earlier = this.seen.filter((seen) => seen === path).length;
    this.seen.push(path);
    return this.fault(path, earlier) ?? this.#right(path, request.headers);
  }

  #right(path: string, headers: Headers): Response {
    const hashed = /^(.*)\/by-hash\/SHA256\/([0-9a-f]{64})$/.exec(path);
    const bytes = hashed
      ? this.#archive.byHash(hashed[1] ?? "", hashed[2] ?? "")
      : this.#archive.read(path);
    if (bytes === undefined) return new Response("not found", { status: 404 });
    const etag = `"${new Bun.CryptoHasher("sha256").update(bytes).digest("hex").slice(0, 16)}"`;
    if (headers.get("if-none-match") === etag) return new Response(null, { status: 304 });
    const start = Number(/^bytes=([0-9]+)-$/.exec(headers.get("range") ?? "")?.[1] ?? 0);
    if (start === 0) return new Response(Uint8Array.from(bytes), { headers: { etag } });
    return new Response(Uint8Array.from(bytes.subarray(start)), {
      status: 206,
      headers: { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` },
    });
  }
}
