import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FakeRegistry, failure } from "../testing/fake-registry.ts";
import { bigLayer, images, setup } from "../testing/pull-setup.ts";

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
