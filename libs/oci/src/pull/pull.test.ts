import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { PullEvent } from "../events.ts";
import { Store } from "../store/store.ts";
import { fakeClock } from "../testing/fake-clock.ts";
import { FakeRegistry, failure } from "../testing/fake-registry.ts";
import { ImageBuilder, type Json } from "../testing/image-builder.ts";
import { scratch } from "../testing/scratch.ts";
import { tar } from "../testing/tar-builder.ts";
import { type PullOptions, pull } from "./pull.ts";

const images = new ImageBuilder();
const big = Buffer.alloc(3_000_000);
for (let i = 0; i < big.length; i += 4) big.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
const bigLayer = images.layer(tar({ name: "boot/big", data: big }), "none");
const smallLayer = images.layer(tar({ name: "boot/small", data: "small" }), "zstd");
const image = images.image([bigLayer, smallLayer]);
const other = images.image([smallLayer]);

/** A registry, a store and a way to pull that waits for nothing. */
async function setup(tags: Record<string, Json> = { v1: image }) {
  const scratched = scratch();
  const registry = new FakeRegistry(images, tags);
  const store = new Store(join(scratched.path, "store"));
  const clock = fakeClock();
  const events: PullEvent[] = [];
  const get = async (tag: string, more: Partial<PullOptions> = {}) => {
    using pulled = await pull(registry.name(tag), {
      store,
      clock,
      env: { HOME: scratched.path },
      platform: { os: "linux", architecture: "amd64" },
      onEvent: (event) => events.push(event),
      ...more,
    });
    return readdirSync(join(pulled.directory, "boot")).sort().join(" ");
  };
  return {
    registry,
    store,
    clock,
    events,
    get,
    path: scratched.path,
    kinds: () => events.map(({ kind }) => kind),
    /** What is in the store but for images: nothing, whenever no pull runs. */
    rest: () =>
      ["staging", "locks"].flatMap((name) => readdirSync(join(store.paths.directory, name))),
    async [Symbol.asyncDispose]() {
      await registry[Symbol.asyncDispose]();
      scratched[Symbol.dispose]();
    },
  };
}

describe("policies", () => {
  test("missing asks the registry once", async () => {
    await using s = await setup();
    expect(await s.get("v1")).toBe("big small");
    expect(s.registry.requests.sort()).toEqual(
      [
        "GET manifests/v1",
        `GET blobs/${JSON.parse(Buffer.from(images.blobs.get(String(image.digest)) ?? "").toString()).config.digest}`,
        `GET blobs/${bigLayer.digest}`,
        `GET blobs/${smallLayer.digest}`,
      ].sort(),
    );
    const before = s.registry.seen.length;
    expect(await s.get("v1")).toBe("big small");
    expect(s.registry.seen.length).toBe(before);
    expect(s.rest()).toEqual(["store"]);
  });

  test("always asks with HEAD alone while the tag stays, and fetches what is new when it moves", async () => {
    await using s = await setup();
    await s.get("v1");
    s.registry.seen.length = 0;
    await s.get("v1", { policy: "always" });
    expect(s.registry.requests).toEqual(["HEAD manifests/v1"]);
    s.registry.tags.set("v1", other);
    s.registry.seen.length = 0;
    expect(await s.get("v1", { policy: "always" })).toBe("small");
    expect(s.registry.requests.some((request) => request.includes(String(smallLayer.digest)))).toBe(
      false,
    );
    expect(await s.get("v1", { policy: "never" })).toBe("small");
  });

  test("always uses what is there when the registry is away, and says so", async () => {
    await using s = await setup();
    await s.get("v1");
    const { host } = s.registry;
    await s.registry[Symbol.asyncDispose]();
    expect(await s.get("v1", { policy: "always" })).toBe("big small");
    expect(s.events.at(-1)).toEqual({
      kind: "stale",
      image: `${host}/test/kernel:v1`,
      message: `cannot reach "${host}": the connection was refused`,
    });
    await expect(s.get("v2")).rejects.toMatchObject({ code: "network" });
  });

  test("always does not hide that a tag is gone", async () => {
    await using s = await setup();
    await s.get("v1");
    s.registry.tags.clear();
    await expect(s.get("v1", { policy: "always" })).rejects.toMatchObject({
      code: "not-found",
      message: `registry "${s.registry.host}" has no tag "v1" in "test/kernel": manifest unknown`,
    });
  });

  test("never asks nobody", async () => {
    await using s = await setup();
    await expect(s.get("v1", { policy: "never" })).rejects.toMatchObject({
      code: "not-found",
      message: `image "${s.registry.name("v1")}" is not in the cache for linux/amd64, and the pull policy "never" keeps it from being fetched`,
    });
    expect(s.registry.seen).toEqual([]);
  });

  test("a digest is never looked up again", async () => {
    await using s = await setup();
    const name = `${s.registry.host}/test/kernel@${image.digest}`;
    const options = { store: s.store, env: { HOME: s.path }, policy: "always" } as const;
    (await pull(name, options)).release();
    const before = s.registry.seen.length;
    (await pull(name, options)).release();
    expect(s.registry.seen.length).toBe(before);
  });
});

describe("faults that pass", () => {
  test("429 and 500 on everything, once", async () => {
    await using s = await setup();
    s.registry.fault = ({ path }, earlier) =>
      path === "/v2/" || earlier > 0
        ? undefined
        : failure(path.includes("blobs") ? 500 : 429, "X", "x", { "retry-after": "2" });
    expect(await s.get("v1")).toBe("big small");
    expect(s.clock.slept.filter((ms) => ms === 2000).length).toBe(4);
    expect(s.kinds()).toContain("retry");
  });

  /** Ends a blob before its end. */
  function cut(
    bytes: Uint8Array,
    from: number,
    to: number,
    headers: Record<string, string>,
    status: number,
  ) {
    const body = new ReadableStream({
      async pull(controller) {
        controller.enqueue(Buffer.from(bytes.subarray(from, to)));
        await Bun.sleep(10);
        controller.close();
      },
    });
    return new Response(body, { status, headers });
  }

  test("a blob whose connection breaks goes on where it was", async () => {
    await using s = await setup();
    const bytes = images.blobs.get(String(bigLayer.digest)) ?? Buffer.alloc(0);
    s.registry.fault = ({ path, headers }, earlier) => {
      if (!path.endsWith(String(bigLayer.digest)) || earlier > 1) return undefined;
      const start = Number(/bytes=(\d+)-/.exec(headers.get("range") ?? "")?.[1] ?? 0);
      const range = { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` };
      return cut(bytes, start, start + 1_000_000, range, start > 0 ? 206 : 200);
    };
    expect(await s.get("v1")).toBe("big small");
    const ranges = s.registry.seen
      .filter(({ path }) => path.endsWith(String(bigLayer.digest)))
      .map(({ headers }) => headers.get("range"));
    expect(ranges).toEqual([null, "bytes=1000000-", "bytes=2000000-"]);
    using pulled = await pull(s.registry.name("v1"), { store: s.store, env: { HOME: s.path } });
    expect(readFileSync(join(pulled.directory, "boot/big")).equals(big)).toBe(true);
  });

  test("also when the registry ignores the range", async () => {
    await using s = await setup();
    const bytes = images.blobs.get(String(bigLayer.digest)) ?? Buffer.alloc(0);
    s.registry.fault = ({ path }, earlier) => {
      if (!path.endsWith(String(bigLayer.digest))) return undefined;
      return earlier === 0 ? cut(bytes, 0, 1_500_000, {}, 200) : new Response(Buffer.from(bytes));
    };
    expect(await s.get("v1")).toBe("big small");
  });

  test("a blob in the store that was damaged is fetched again", async () => {
    await using s = await setup({ v1: image, v2: images.image([smallLayer, bigLayer]) });
    await s.get("v1");
    const [algorithm, hex] = String(bigLayer.digest).split(":");
    const path = join(s.store.paths.directory, "blobs", `${algorithm}-${hex}`);
    const bytes = readFileSync(path);
    bytes[10] = (bytes[10] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    expect(await s.get("v2")).toBe("big small");
    expect(s.events).toContainEqual({
      kind: "retry",
      message: `layer 2 of image "${s.registry.name("v2")}" was damaged in the cache; fetching it again`,
    });
  });
});

describe("faults that stay", () => {
  const blob = String(bigLayer.digest);
  const bytes = Buffer.from(images.blobs.get(blob) ?? "");
  const endless = () =>
    new Response(
      new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.alloc(65_536)) }),
    );
  const at = (end: string, answer: () => Response) => (seen: { path: string }) =>
    seen.path.endsWith(end) ? answer() : undefined;
  const redirect = () =>
    new Response("", { status: 307, headers: { location: "http://registry.example/x" } });
  const wrong = Buffer.alloc(bytes.length, 1);
  const sha = (data: Uint8Array) =>
    `sha256:${new Bun.CryptoHasher("sha256").update(data).digest("hex")}`;
  const evil = Buffer.from("{}");
  test.each<[string, (seen: { path: string }) => Response | undefined, string, string]>([
    [
      "a blob of other bytes",
      at(blob, () => new Response(wrong)),
      "digest",
      `layer 1 of image "NAME" has the digest ${sha(wrong)} instead of ${blob}`,
    ],
    [
      "a blob that is too short",
      at(blob, () => new Response(bytes.subarray(1))),
      "digest",
      `blob ${blob} is shorter than the ${bytes.length} bytes that its manifest gives it`,
    ],
    [
      "a blob that is too long",
      at(blob, () => new Response(Buffer.concat([bytes, evil]))),
      "digest",
      `blob ${blob} is longer than the ${bytes.length} bytes that its manifest gives it`,
    ],
    [
      "a blob without end",
      at(blob, endless),
      "digest",
      `blob ${blob} is longer than the ${bytes.length} bytes that its manifest gives it`,
    ],
    [
      "a blob that is not there",
      at(blob, () => failure(404, "BLOB_UNKNOWN", "gone\u001b[31m")),
      "not-found",
      `registry "HOST" has no content "${blob}" in "test/kernel": gone [31m`,
    ],
    [
      "500 for ever",
      at("v1", () => failure(500, "X", "x")),
      "network",
      '"HOST" answered with status 500',
    ],
    [
      "a manifest of other bytes",
      at("v1", () => new Response(evil, { headers: { "docker-content-digest": blob } })),
      "digest",
      `the manifest of "NAME" has the digest ${sha(evil)} instead of ${blob}`,
    ],
    [
      "a manifest without end",
      at("v1", endless),
      "limit",
      'the manifest of "NAME" is longer than 4194304 bytes',
    ],
    [
      "a page of HTML",
      at("v1", () => new Response("<html>")),
      "manifest",
      'the manifest of image "NAME" is not JSON',
    ],
    [
      "a redirect to http elsewhere",
      at(blob, redirect),
      "network",
      '"registry.example" would be asked over http, which is not encrypted',
    ],
    [
      "403",
      at("v1", () => failure(403, "DENIED", "no")),
      "unauthorized",
      'registry "HOST" denies access to "NAME": no',
    ],
    [
      "418",
      at("v1", () => failure(418, "TEAPOT", "")),
      "registry",
      'registry "HOST" answered with status 418 for "NAME": TEAPOT',
    ],
    [
      "401 without a word",
      at("v1", () => new Response("", { status: 401 })),
      "registry",
      'registry "HOST" answers 401 and does not say how to log in',
    ],
  ])("%s", async (_, fault, code, sentence) => {
    await using s = await setup();
    s.registry.fault = fault;
    const { host } = s.registry;
    const message = sentence.replaceAll("NAME", s.registry.name("v1")).replaceAll("HOST", host);
    await expect(s.get("v1")).rejects.toMatchObject({ code, message });
    expect(s.rest()).toEqual(["store"]);
    expect(s.store.images()).toEqual([]);
    s.registry.fault = () => undefined;
    expect(await s.get("v1")).toBe("big small");
  });

  test("a stalled connection is taken for broken", async () => {
    await using s = await setup();
    const clock = { ...s.clock, sleep: (ms: number) => Bun.sleep(ms >= 60_000 ? 100 : 0) };
    s.registry.fault = ({ path }, earlier) =>
      path.endsWith(blob) && earlier === 0
        ? new Response(
            new ReadableStream({
              start: (controller) => controller.enqueue(bytes.subarray(0, 1000)),
            }),
          )
        : undefined;
    expect(await s.get("v1", { clock })).toBe("big small");
    expect(s.events).toContainEqual(
      expect.objectContaining({
        message: expect.stringContaining("it does not answer in time after 1000 of"),
      }),
    );
  });
});

describe("logins", () => {
  const basic = `Basic ${Buffer.from("user:pass").toString("base64")}`;
  const login = (path: string, host: string, username = "user") =>
    writeFileSync(path, JSON.stringify({ auths: { [host]: { username, password: "pass" } } }));

  function basicFault(seen: { headers: Headers }) {
    if (seen.headers.get("authorization") === basic) return undefined;
    return failure(401, "UNAUTHORIZED", "authentication required", {
      "www-authenticate": 'Basic realm="x"',
    });
  }

  test("basic", async () => {
    await using s = await setup();
    s.registry.fault = basicFault;
    const { host } = s.registry;
    const file = join(s.path, "auth.json");
    const env = { HOME: s.path, REGISTRY_AUTH_FILE: file };
    login(file, host);
    expect(await s.get("v1", { env })).toBe("big small");
    login(file, host, "someone");
    await expect(s.get("v2", { env })).rejects.toMatchObject({
      code: "unauthorized",
      message: `registry "${host}" refuses the login from "${file}" for "${host}/test/kernel": run "docker login ${host}" again`,
    });
    await expect(s.get("v2")).rejects.toMatchObject({
      code: "unauthorized",
      message: `registry "${host}" wants a login for "${host}/test/kernel": check the name, or run "docker login ${host}"`,
    });
  });

  /** A token service at /token of the registry itself; tokens are good for a few requests. */
  function tokenFault(host: string, lasts: number) {
    let left = 0;
    return (seen: { path: string; method: string; headers: Headers; query: URLSearchParams }) => {
      if (seen.path === "/token") {
        if (seen.query.get("scope") !== "repository:test/kernel:pull")
          return failure(400, "X", "scope");
        if (seen.method === "GET" && seen.headers.get("authorization") !== basic)
          return failure(401, "X", "who?");
        left = lasts;
        return Response.json({ access_token: "t0ken", expires_in: 60 });
      }
      if (seen.headers.get("authorization") === "Bearer t0ken" && left-- > 0) return undefined;
      const challenge = `Bearer realm="http://${host}/token",service="test",scope="repository:test/kernel:pull"`;
      return failure(401, "UNAUTHORIZED", "token", { "www-authenticate": challenge });
    };
  }

  test("with a token that runs out in the middle", async () => {
    await using s = await setup();
    s.registry.fault = tokenFault(s.registry.host, 2);
    const credentials = async () =>
      ({ kind: "basic", username: "user", password: "pass", source: "test" }) as const;
    expect(await s.get("v1", { credentials })).toBe("big small");
    expect(s.registry.seen.filter(({ path }) => path === "/token").length).toBeGreaterThan(1);
    expect(s.registry.seen.filter(({ path }) => path === "/token")[0]?.query.toString()).toBe(
      "service=test&scope=repository%3Atest%2Fkernel%3Apull&account=user",
    );
    await expect(s.get("v2")).rejects.toMatchObject({ code: "unauthorized" });
  });

  test("a token service that is not https", async () => {
    await using s = await setup();
    const challenge = { "www-authenticate": 'Bearer realm="http://auth.example/token"' };
    s.registry.fault = () => failure(401, "X", "x", challenge);
    await expect(s.get("v1")).rejects.toThrow(
      `registry "${s.registry.host}" names the token service "http://auth.example", which is not https`,
    );
  });

  test("a password never goes where a redirect leads, nor to the realm that it names", async () => {
    await using elsewhere = new FakeRegistry(images);
    elsewhere.fault = () => failure(401, "X", "x", { "www-authenticate": 'Basic realm="x"' });
    await using s = await setup();
    const target = `http://${elsewhere.host}/signed`;
    s.registry.fault = (seen) =>
      seen.path.endsWith(String(bigLayer.digest))
        ? new Response("", { status: 307, headers: { location: target } })
        : basicFault(seen);
    const credentials = async () =>
      ({ kind: "basic", username: "user", password: "pass", source: "test" }) as const;
    await expect(s.get("v1", { credentials })).rejects.toMatchObject({ code: "unauthorized" });
    expect(elsewhere.seen.map(({ headers }) => headers.get("authorization"))).toEqual([null]);
  });
});

describe("however it ends", () => {
  test("many pulls at once fetch once", async () => {
    await using s = await setup({ v1: image, v2: image });
    const pulls = Array.from({ length: 12 }, (_, i) => s.get(i % 2 === 0 ? "v1" : "v2"));
    expect(await Promise.all(pulls)).toEqual(Array(12).fill("big small"));
    for (const layer of [bigLayer, smallLayer]) {
      const fetches = s.registry.requests.filter((request) =>
        request.endsWith(String(layer.digest)),
      );
      expect(fetches.length).toBe(1);
    }
    expect(s.registry.requests.filter((request) => request === "GET manifests/v1").length).toBe(1);
    expect(s.kinds().filter((kind) => kind === "done").length).toBe(1);
  });

  test("an interrupted pull leaves nothing", async () => {
    await using s = await setup();
    const stop = new AbortController();
    const onEvent = (event: PullEvent) => {
      if (event.kind === "received") stop.abort();
    };
    await expect(s.get("v1", { signal: stop.signal, onEvent })).rejects.toMatchObject({
      code: "aborted",
      message: "the pull was interrupted",
    });
    expect(s.rest()).toEqual(["store"]);
    expect(s.store.images()).toEqual([]);
    expect(await s.get("v1")).toBe("big small");
  });

  test("an image in use outlives a flush, and a released one does not", async () => {
    await using s = await setup();
    const pulled = await pull(s.registry.name("v1"), { store: s.store, env: { HOME: s.path } });
    expect((await s.store.flush()).inUse).toEqual([s.registry.name("v1")]);
    expect(existsSync(pulled.directory)).toBe(true);
    pulled.release();
    expect((await s.store.flush()).images).toEqual([s.registry.name("v1")]);
    expect(existsSync(pulled.directory)).toBe(false);
  });

  test("a cache that cannot be written to gives what it has", async () => {
    await using s = await setup();
    await s.get("v1");
    const { directory } = s.store.paths;
    for (const name of ["trees", "staging", "locks", "images", "blobs"])
      chmodSync(join(directory, name), 0o555);
    expect(await s.get("v1")).toBe("big small");
    for (const name of ["trees", "staging", "locks", "images", "blobs"])
      chmodSync(join(directory, name), 0o755);
  });
});
