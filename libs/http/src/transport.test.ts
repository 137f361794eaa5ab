import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { scratch } from "@vimto/archive/testing/scratch";
import { afterEach, describe, expect, test } from "vitest";
import { isLoopback, proxyFor } from "./proxy.ts";
import { backoffMs, retryAfterMs } from "./retry.ts";
import { trustedRoots } from "./roots.ts";
import { fakeClock } from "./testing/fake-clock.ts";
import { Transport, type TransportOptions } from "./transport.ts";

const clock = fakeClock();

describe("retries", () => {
  test("waits double", () => {
    expect([1, 2, 3, 4].map((attempt) => backoffMs(attempt, clock))).toEqual([
      500, 1000, 2000, 4000,
    ]);
    expect(backoffMs(1, { ...clock, random: () => 0 })).toBe(400);
  });

  test.each([
    ["7", 7000],
    ["0", 0],
    [new Date(clock.now() + 9000).toUTCString(), 9000],
    [new Date(clock.now() - 9000).toUTCString(), 0],
    ["soon", undefined],
    [null, undefined],
  ])("Retry-After: %s", (header, ms) => {
    expect(retryAfterMs(header, clock)).toBe(ms);
  });
});

describe("proxies", () => {
  const env = { HTTPS_PROXY: "http://p:3128", HTTP_PROXY: "q:8080" };
  test.each([
    ["https://a.b/", {}, "http://p:3128/"],
    ["http://a.b/", {}, "http://q:8080/"],
    ["https://localhost/", {}, undefined],
    ["https://127.0.0.2:5000/", {}, undefined],
    ["https://[::1]/", {}, undefined],
    ["https://a.b/", { NO_PROXY: "*" }, undefined],
    ["https://a.b/", { NO_PROXY: "x, a.b" }, undefined],
    ["https://c.a.b/", { NO_PROXY: "a.b" }, undefined],
    ["https://c.a.b/", { NO_PROXY: ".a.b" }, undefined],
    ["https://c.a.b/", { NO_PROXY: "*.a.b" }, undefined],
    ["https://ca.b/", { NO_PROXY: "a.b" }, "http://p:3128/"],
    ["https://a.b:5000/", { NO_PROXY: "a.b:5000" }, undefined],
    ["https://a.b/", { NO_PROXY: "a.b:5000" }, "http://p:3128/"],
    ["https://10.1.2.3/", { NO_PROXY: "10.0.0.0/8" }, undefined],
    ["https://11.1.2.3/", { NO_PROXY: "10.0.0.0/8,junk/9,1.2.3.4/99" }, "http://p:3128/"],
    ["https://10.1.2.3/", { NO_PROXY: "10.1.2.3" }, undefined],
    ["https://[2001:db8::1]/", { no_proxy: "2001:db8::/32" }, undefined],
  ])("%s with %o", (url, more, proxy) => {
    expect(proxyFor(new URL(url), { ...env, ...more })).toBe(proxy);
  });

  test("lower case names, and none", () => {
    expect(proxyFor(new URL("https://a/"), { https_proxy: "http://x" })).toBe("http://x/");
    expect(proxyFor(new URL("https://a/"), { HTTP_PROXY: "http://x" })).toBeUndefined();
  });

  test("that cannot be used", () => {
    expect(() => proxyFor(new URL("https://a/"), { HTTPS_PROXY: "socks5://x" })).toThrow(
      "HTTPS_PROXY names a socks5 proxy: http and https proxies can be used",
    );
    expect(() => proxyFor(new URL("http://a/"), { HTTP_PROXY: "http://:x" })).toThrow(
      'HTTP_PROXY is "http://:x", which is not the address of a proxy',
    );
  });

  test.each(["localhost", "a.localhost", "127.9.9.9", "[::1]"])("%s is loopback", (name) => {
    expect(isLoopback(name)).toBe(true);
  });

  test.each(["localhost.evil.example", "127.0.0.1.nip.io", "128.0.0.1", "10.0.0.1"])(
    "%s is not",
    (name) => {
      expect(isLoopback(name)).toBe(false);
    },
  );
});

describe("trusted certificates", () => {
  test("SSL_CERT_FILE is added to the ones Bun carries", () => {
    using scratched = scratch();
    const path = join(scratched.path, "ca.pem");
    writeFileSync(path, "-----BEGIN CERTIFICATE-----\n");
    expect(trustedRoots({ SSL_CERT_FILE: path })).toEqual([
      ...rootCertificates,
      "-----BEGIN CERTIFICATE-----\n",
    ]);
    expect(trustedRoots({}, [path]).length).toBe(rootCertificates.length + 1);
    expect(trustedRoots({}, [])).toEqual([...rootCertificates]);
  });

  test("an SSL_CERT_FILE that is missing or no certificate", () => {
    using scratched = scratch();
    const path = join(scratched.path, "ca.pem");
    expect(() => trustedRoots({ SSL_CERT_FILE: path })).toThrow(
      `SSL_CERT_FILE names "${path}", which cannot be read (ENOENT)`,
    );
    writeFileSync(path, "hello");
    expect(() => trustedRoots({ SSL_CERT_FILE: path })).toThrow(
      `SSL_CERT_FILE names "${path}", which holds no certificate in PEM form`,
    );
  });
});

describe("requests", () => {
  const servers: Bun.Server<undefined>[] = [];
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop(true)));
  });

  function serve(answer: (request: Request, earlier: number) => Response) {
    let earlier = 0;
    const server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      fetch: (request) => answer(request, earlier++),
    });
    servers.push(server);
    return `http://127.0.0.1:${server.port}`;
  }

  function transport(options: Partial<TransportOptions> = {}) {
    const time = fakeClock();
    const retries: string[] = [];
    const made = new Transport({
      env: {},
      clock: time,
      roots: [],
      plainHttp: () => false,
      onRetry: (message) => retries.push(message),
      ...options,
    });
    const get = async (url: string, headers: Record<string, string> = {}) => {
      const answer = await made.send({ method: "GET", url: new URL(url), headers });
      return { ...answer, text: await answer.response.text() };
    };
    return { made, get, retries, time };
  }

  test("are made again after 429 and 5xx, as long as Retry-After says", async () => {
    const statuses = [429, 503, 500];
    const url = serve((_, i) => {
      const headers: Record<string, string> = i === 0 ? { "retry-after": "3" } : {};
      return new Response("ok", { status: statuses[i] ?? 200, headers });
    });
    const { get, retries, time } = transport();
    expect((await get(url)).text).toBe("ok");
    expect(time.slept).toEqual([3000, 1000, 2000]);
    expect(retries[0]).toBe(
      `"${new URL(url).host}" answered with status 429; trying again in 3.0 s`,
    );
  });

  test("end after five tries, and at once when the wait would be long", async () => {
    let count = 0;
    const url = serve(() => {
      count++;
      return new Response("no", { status: 502 });
    });
    const host = new URL(url).host;
    await expect(transport().get(url)).rejects.toMatchObject({
      code: "network",
      message: `"${host}" answered with status 502`,
    });
    expect(count).toBe(5);
    const later = serve(
      () => new Response("", { status: 429, headers: { "retry-after": "3600" } }),
    );
    await expect(transport().get(later)).rejects.toThrow(
      "answered with status 429 and asks to wait 3600 seconds: try again then",
    );
  });

  test("follow redirects, with Authorization to the same host alone", async () => {
    const seen: (string | null)[] = [];
    const other = serve((request) => {
      seen.push(request.headers.get("authorization"));
      return new Response("there");
    });
    const url = serve((request) => {
      seen.push(request.headers.get("authorization"));
      const { pathname } = new URL(request.url);
      if (pathname === "/a") return new Response("", { status: 307, headers: { location: "/b" } });
      return new Response("", { status: 302, headers: { location: `${other}/c` } });
    });
    const { get } = transport();
    const answer = await get(`${url}/a`, { authorization: "secret" });
    expect([answer.text, answer.sameOrigin, answer.url.href]).toEqual([
      "there",
      false,
      `${other}/c`,
    ]);
    expect(seen).toEqual(["secret", "secret", null]);
  });

  test("that are redirected without end, to nowhere, or to something else than http", async () => {
    const redirect = (location: string) =>
      serve(() => new Response("", { status: 302, headers: { location } }));
    const host = (url: string) => new URL(url).host;
    const loop = redirect("/again");
    await expect(transport().get(loop)).rejects.toThrow(
      `"${host(loop)}" redirects more than 10 times`,
    );
    const nowhere = redirect("http://[");
    await expect(transport().get(nowhere)).rejects.toThrow(
      `"${host(nowhere)}" redirects to "http://[", which is not a URL`,
    );
    const file = redirect("file:///etc/passwd");
    await expect(transport().get(file)).rejects.toThrow(
      `"${host(file)}" redirects to "file:", which is not http`,
    );
    const plain = redirect("http://registry.example/");
    await expect(transport().get(plain)).rejects.toThrow(
      '"registry.example" would be asked over http, which is not encrypted',
    );
  });

  test("over http leave this machine only when that was asked for", async () => {
    await expect(transport().get("http://registry.invalid/")).rejects.toThrow(
      '"registry.invalid" would be asked over http, which is not encrypted',
    );
    await expect(
      transport({ plainHttp: () => true }).get("http://registry.invalid/"),
    ).rejects.toThrow('cannot reach "registry.invalid": there is no host of that name');
  });

  test("to nobody", async () => {
    await expect(transport().get("http://127.0.0.1:1/")).rejects.toMatchObject({
      code: "network",
      message: 'cannot reach "127.0.0.1:1": the connection was refused',
    });
  });

  test("go through the proxy, whatever Bun sees in the environment", async () => {
    const proxy = serve((request) => new Response(`proxied ${request.url}`));
    const direct = serve(() => new Response("direct"));
    const { get } = transport({ env: { HTTP_PROXY: proxy }, plainHttp: () => true });
    expect((await get("http://registry.invalid/x")).text).toBe("proxied http://registry.invalid/x");
    expect((await get(direct)).text).toBe("direct");
  });

  test("that are interrupted, before and during a wait", async () => {
    const url = serve(() => new Response("", { status: 503 }));
    const { made } = transport();
    const request = {
      method: "GET",
      url: new URL(url),
      headers: {},
      signal: AbortSignal.abort(),
    } as const;
    await expect(made.send(request)).rejects.toMatchObject({
      code: "aborted",
      message: "the transfer was interrupted",
    });
  });

  test("for small answers stop at the limit, announced or not", async () => {
    const announced = serve(() => new Response("x".repeat(101)));
    const endless = serve(
      () => new Response(new ReadableStream({ pull: (c) => c.enqueue(Buffer.alloc(50, "x")) })),
    );
    for (const url of [announced, endless]) {
      const request = { method: "GET", url: new URL(url), headers: {} } as const;
      await expect(transport().made.sendWhole(request, 100, "the manifest")).rejects.toMatchObject({
        code: "limit",
        message: "the manifest is longer than 100 bytes",
      });
    }
  });
});
