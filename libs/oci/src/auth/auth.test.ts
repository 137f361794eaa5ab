import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "@vimto/archive/testing/scratch";
import { describe, expect, test } from "vitest";
import { writeProgram } from "../../../asm/src/testing/program-file.ts";
import { findInAuthFile, parseAuthFile } from "./auth-file.ts";
import { parseChallenges } from "./challenge.ts";
import { userCredentials } from "./find.ts";
import { askHelper } from "./helper.ts";

describe("challenges", () => {
  test.each([
    ["Basic", [{ scheme: "basic", parameters: {} }]],
    ['Basic realm="a b"', [{ scheme: "basic", parameters: { realm: "a b" } }]],
    [
      'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
      [
        {
          scheme: "bearer",
          parameters: {
            realm: "https://auth.docker.io/token",
            service: "registry.docker.io",
            scope: "repository:a/b:pull,push",
          },
        },
      ],
    ],
    [
      "BEARER  Realm = x , SERVICE=y",
      [{ scheme: "bearer", parameters: { realm: "x", service: "y" } }],
    ],
    [
      'Basic realm="a", Bearer realm="b", error="c"',
      [
        { scheme: "basic", parameters: { realm: "a" } },
        { scheme: "bearer", parameters: { realm: "b", error: "c" } },
      ],
    ],
    [
      'Negotiate, Basic realm="a"',
      [
        { scheme: "negotiate", parameters: {} },
        { scheme: "basic", parameters: { realm: "a" } },
      ],
    ],
    [
      'Bearer realm="quoted \\"x\\" \\\\",a=b',
      [{ scheme: "bearer", parameters: { realm: 'quoted "x" \\', a: "b" } }],
    ],
    ['Bearer realm="first",realm="second"', [{ scheme: "bearer", parameters: { realm: "first" } }]],
    [", ,Basic realm=a", [{ scheme: "basic", parameters: { realm: "a" } }]],
    ['Bearer realm="no end', [{ scheme: "bearer", parameters: {} }]],
    ["", []],
    ["\u00e9", []],
  ])("%s", (header, challenges) => {
    expect(parseChallenges(header)).toEqual(challenges);
  });
});

describe("credential files", () => {
  const basic = (text: string) => ({ auth: Buffer.from(text).toString("base64") });
  const find = (file: object, registry: string, repository = "a/b") => {
    const found = findInAuthFile(
      parseAuthFile(JSON.stringify(file), "f"),
      registry,
      repository,
      "f",
    );
    if (found?.kind === "helper") return `helper ${found.helper} for ${found.server}`;
    const credential = found?.credential;
    if (credential?.kind === "basic") return `${credential.username}/${credential.password}`;
    return credential && `${credential.kind} ${credential.token}`;
  };

  test.each<[string, object, string, string | undefined]>([
    ["by host", { auths: { "ghcr.io": basic("u:p:q") } }, "ghcr.io", "u/p:q"],
    ["not for another host", { auths: { "ghcr.io": basic("u:p") } }, "hcr.io", undefined],
    ["not for a host in front", { auths: { "ghcr.io": basic("u:p") } }, "my.ghcr.io", undefined],
    ["by host and port", { auths: { "a.b:5000": basic("u:p") } }, "a.b:5000", "u/p"],
    ["not without the port", { auths: { "a.b": basic("u:p") } }, "a.b:5000", undefined],
    ["as URLs", { auths: { "https://ghcr.io/v2/": basic("u:p") } }, "ghcr.io", "u/p"],
    [
      "of Docker Hub",
      { auths: { "https://index.docker.io/v1/": basic("u:p") } },
      "docker.io",
      "u/p",
    ],
    ["of Docker Hub, by podman", { auths: { "docker.io": basic("u:p") } }, "docker.io", "u/p"],
    [
      "for a part of a registry",
      { auths: { "q.io": basic("x:x"), "q.io/a": basic("y:y"), "q.io/a/b": basic("u:p") } },
      "q.io",
      "u/p",
    ],
    [
      "for another part",
      { auths: { "q.io/a/c": basic("x:x"), "q.io/a": basic("u:p") } },
      "q.io",
      "u/p",
    ],
    [
      "as name and password",
      { auths: { "q.io": { username: "u", password: "p" } } },
      "q.io",
      "u/p",
    ],
    [
      "as identity token",
      { auths: { "q.io": { ...basic("u:"), identitytoken: "t" } } },
      "q.io",
      "identity t",
    ],
    ["as registry token", { auths: { "q.io": { registrytoken: "t" } } }, "q.io", "bearer t"],
    ["with NULs at the end", { auths: { "q.io": basic("u:p\0\0") } }, "q.io", "u/p"],
    [
      "an empty entry, with a store",
      { auths: { "q.io": {} }, credsStore: "s" },
      "q.io",
      "helper s for q.io",
    ],
    ["a store", { credsStore: "s" }, "docker.io", "helper s for https://index.docker.io/v1/"],
    [
      "a helper before all else",
      { auths: { "q.io": basic("u:p") }, credHelpers: { "q.io": "h" }, credsStore: "s" },
      "q.io",
      "helper h for q.io",
    ],
    ["a helper of another registry", { credHelpers: { "r.io": "h" } }, "q.io", undefined],
    ["nothing", {}, "q.io", undefined],
  ])("%s", (_, file, registry, found) => {
    expect(find(file, registry)).toBe(found);
  });

  test("that cannot be read", () => {
    expect(() => parseAuthFile("{", "/f")).toThrow('credential file "/f" is not JSON');
    expect(() => parseAuthFile('{"auths":{"a":{"auth":1}}}', "/f")).toThrow(
      'credential file "/f" has a wrong value at "auths.a.auth": ',
    );
    expect(() => find({ auths: { "q.io": { auth: "####" } } }, "q.io")).toThrow(
      'credential file "f" has an "auth" for "q.io" that is not base64 of USER:PASSWORD',
    );
  });
});

describe("credential helpers", () => {
  /** A directory with a program `docker-credential-test`. */
  function helper(directory: string, script: string) {
    const path = join(directory, "docker-credential-test");
    writeProgram(path, `#!/bin/sh\n${script}\n`);
    return { PATH: `${directory}:/usr/bin:/bin` };
  }

  test("are told the server and asked to get", async () => {
    using scratched = scratch();
    const env = helper(
      scratched.path,
      `read s; echo "{\\"Username\\":\\"$1 $s\\",\\"Secret\\":\\"p\\"}"`,
    );
    expect(await askHelper("test", "q.io", env)).toEqual({
      kind: "basic",
      username: "get q.io",
      password: "p",
      source: "docker-credential-test",
    });
  });

  test("may answer with a token, or know nothing", async () => {
    using scratched = scratch();
    const token = helper(scratched.path, `echo '{"Username":"<token>","Secret":"t"}'`);
    expect(await askHelper("test", "q.io", token)).toMatchObject({ kind: "identity", token: "t" });
    const none = helper(scratched.path, "echo credentials not found in native keychain; exit 1");
    expect(await askHelper("test", "q.io", none)).toBeUndefined();
  });

  test("that fail, answer nonsense, are missing or no programs", async () => {
    using scratched = scratch();
    const fails = helper(scratched.path, "echo locked >&2; exit 2");
    await expect(askHelper("test", "q.io", fails)).rejects.toThrow(
      'credential helper "docker-credential-test" failed for "q.io": locked',
    );
    const nonsense = helper(scratched.path, "echo hello");
    await expect(askHelper("test", "q.io", nonsense)).rejects.toThrow(
      'credential helper "docker-credential-test" answered something else than a credential for "q.io"',
    );
    await expect(askHelper("none", "q.io", nonsense)).rejects.toThrow(
      'credential helper "docker-credential-none" is not in PATH: install it, or take it out of the Docker configuration',
    );
    await expect(askHelper("../x", "q.io", nonsense)).rejects.toThrow(
      'credential helper "../x" is not the name of a program',
    );
  });
});

describe("where credentials are looked for", () => {
  const login = (user: string) => JSON.stringify({ auths: { "q.io": { username: user } } });

  test("in REGISTRY_AUTH_FILE, Docker's and podman's files, in this order", async () => {
    using scratched = scratch();
    const at = (path: string) => join(scratched.path, path);
    for (const directory of [".docker", "docker", "run/containers", ".config/containers"]) {
      mkdirSync(at(directory), { recursive: true });
    }
    const home = { HOME: at("") };
    const user = async (env: Record<string, string>) => {
      const found = await userCredentials({ ...home, ...env })("q.io", "a");
      return found?.kind === "basic" ? found.username : undefined;
    };
    expect(await user({})).toBeUndefined();
    writeFileSync(at(".config/containers/auth.json"), login("podman"));
    expect(await user({})).toBe("podman");
    writeFileSync(at("run/containers/auth.json"), login("run"));
    expect(await user({ XDG_RUNTIME_DIR: at("run") })).toBe("run");
    writeFileSync(at(".docker/config.json"), login("docker"));
    expect(await user({ XDG_RUNTIME_DIR: at("run") })).toBe("docker");
    writeFileSync(at("docker/config.json"), "{}");
    expect(await user({ DOCKER_CONFIG: at("docker") })).toBe("podman");
    writeFileSync(at("named.json"), login("named"));
    expect(await user({ REGISTRY_AUTH_FILE: at("named.json") })).toBe("named");
  });

  test("a named file that is missing, and one that cannot be read", async () => {
    using scratched = scratch();
    const missing = join(scratched.path, "none.json");
    const env = { HOME: scratched.path, REGISTRY_AUTH_FILE: missing };
    await expect(userCredentials(env)("q.io", "a")).rejects.toThrow(
      `credential file "${missing}", which REGISTRY_AUTH_FILE names, cannot be read (ENOENT)`,
    );
    mkdirSync(join(scratched.path, ".docker/config.json"), { recursive: true });
    await expect(userCredentials({ HOME: scratched.path })("q.io", "a")).rejects.toThrow(
      `credential file "${join(scratched.path, ".docker/config.json")}" cannot be read (EISDIR)`,
    );
  });
});
