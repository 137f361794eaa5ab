import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { scratch } from "../../libs/archive/src/testing/scratch.ts";
import { tar } from "../../libs/archive/src/testing/tar-builder.ts";
import { type PullOptions, parsePlatform, pull, Store } from "../../libs/oci/src/index.ts";
import { ImageBuilder, tagged } from "../../libs/oci/src/testing/image-builder.ts";
import { startConnectProxy } from "./connect-proxy.ts";
import { startCuttingProxy } from "./cutting-proxy.ts";
import { push } from "./push.ts";
import { type RegistryOptions, startRegistry } from "./registry.ts";
import { startTokenService } from "./token-service.ts";
import { needPrograms, run } from "./tools.ts";
import { describeTree } from "./trees.ts";

beforeEach((context) =>
  needPrograms(context, "docker-registry", "skopeo", "umoci", "htpasswd", "openssl"),
);

const builder = new ImageBuilder();
const text = (name: string, data = name) => tar({ name, data });
const layers = [
  builder.layer(text("a"), "gzip"),
  builder.layer(text("b"), "zstd"),
  builder.layer(text("c"), "none"),
];
const plain = builder.image(layers);
const arm = builder.image([builder.layer(text("arm"), "gzip")], { architecture: "arm64" });

async function setup(options: RegistryOptions = {}) {
  const scratched = scratch();
  const registry = await startRegistry(join(scratched.path, "registry"), options);
  const store = new Store(join(scratched.path, "store"));
  const get = async (image: string, more: Partial<PullOptions> = {}) => {
    const env = { HOME: scratched.path, PATH: process.env.PATH };
    using pulled = await pull(image, { store, env, platform: parsePlatform("amd64"), ...more });
    return describeTree(pulled.directory);
  };
  return {
    ...registry,
    path: scratched.path,
    store,
    get,
    names: async (image: string, more: Partial<PullOptions> = {}) =>
      (await get(image, more)).map((line) => line.split(" ")[0]).join(" "),
    async [Symbol.asyncDispose]() {
      await registry.stop();
      scratched[Symbol.dispose]();
    },
  };
}

describe("a registry without login", () => {
  test("gives images, indexes, and artefacts as oras pushes them", async () => {
    await using s = await setup();
    const repository = `${s.host}/cilium/ci-kernels`;
    const on = (image: object, architecture: string) => ({
      ...image,
      platform: { os: "linux", architecture },
    });
    const index = builder.index([on(plain, "amd64"), on(arm, "arm64")]);
    const title = (name: string, more = {}) => ({
      annotations: { "org.opencontainers.image.title": name, ...more },
    });
    const artefact = builder.manifest({
      artifactType: "application/vnd.unknown.artifact.v1",
      config: builder.json({}, "application/vnd.oci.empty.v1+json"),
      layers: [
        builder.blob(
          Buffer.from("kernel"),
          "application/vnd.oci.image.layer.v1.tar",
          title("boot/vmlinuz"),
        ),
        builder.layer(
          text("modules/x.ko"),
          "gzip",
          title("modules", { "io.deis.oras.content.unpack": "true" }),
        ),
      ],
    });
    await push(builder, plain, repository, "plain");
    await push(builder, index, repository, "index");
    await push(builder, artefact, repository, "artefact");
    expect(await s.names(`${repository}:plain`)).toBe("a b c");
    expect(await s.names(`${repository}:index`)).toBe("a b c");
    expect(await s.names(`${repository}:index`, { platform: parsePlatform("arm64") })).toBe("arm");
    await expect(
      s.get(`${repository}:index`, { platform: parsePlatform("riscv64") }),
    ).rejects.toThrow(
      `image "${repository}:index" is not there for linux/riscv64: it has linux/amd64, linux/arm64`,
    );
    expect(await s.names(`${repository}:artefact`)).toBe(
      "boot/ boot/vmlinuz modules/ modules/x.ko",
    );
    expect(await s.names(`${repository}@${arm.digest}`, { platform: parsePlatform("arm64") })).toBe(
      "arm",
    );
    await expect(s.get(`${repository}:none`)).rejects.toThrow(
      `registry "${s.host}" has no tag "none" in "cilium/ci-kernels": manifest unknown`,
    );
    expect(
      s.store.images().map(({ name, platform }) => `${name.replace(repository, "")} ${platform}`),
    ).toEqual([
      ":artefact linux/amd64",
      ":index linux/amd64",
      ":index linux/arm64",
      ":plain linux/amd64",
      `@${arm.digest} linux/arm64`,
    ]);
  });

  test("gives an image of umoci, pushed by skopeo, as umoci itself unpacks it", async () => {
    await using s = await setup();
    const layout = join(s.path, "layout");
    const image = `${layout}:v1`;
    const rootless = process.getuid?.() === 0 ? [] : ["--rootless"];
    const edit = async (bundle: string, change: (root: string) => Promise<unknown>) => {
      await run(["umoci", "unpack", ...rootless, "--image", image, join(s.path, bundle)]);
      await change(join(s.path, bundle, "rootfs"));
      await run(["umoci", "repack", "--image", image, join(s.path, bundle)]);
    };
    await run(["umoci", "init", "--layout", layout]);
    await run(["umoci", "new", "--image", image]);
    await edit("one", async (root) => {
      mkdirSync(join(root, "usr/lib/modules/6.1"), { recursive: true });
      mkdirSync(join(root, "boot"));
      writeFileSync(join(root, "boot/vmlinuz"), Buffer.alloc(300_000, "k"));
      writeFileSync(join(root, "usr/lib/modules/6.1/old.ko"), "old");
      await run(["ln", "-s", "usr/lib", join(root, "lib")]);
      await run(["ln", join(root, "boot/vmlinuz"), join(root, "boot/vmlinuz-6.1")]);
    });
    await edit("two", (root) =>
      run([
        "sh",
        "-c",
        'rm -r "$1"/usr/lib/modules/6.1; mkdir "$1"/usr/lib/modules/6.2; echo new > "$1"/usr/lib/modules/6.2/new.ko; rm "$1"/boot/vmlinuz-6.1; ln -sf /boot "$1"/b',
        "sh",
        root,
      ]),
    );
    await run(["umoci", "unpack", ...rootless, "--image", image, join(s.path, "three")]);
    const whole = describeTree(join(s.path, "three/rootfs"), { withTimes: true });
    const withTimes = async (name: string) => {
      using pulled = await pull(name, {
        store: s.store,
        env: { HOME: s.path },
        platform: parsePlatform("amd64"),
      });
      return describeTree(pulled.directory, { withTimes: true });
    };
    const remote = `${s.host}/k/umoci:v1`;
    await run(["skopeo", "copy", "--dest-tls-verify=false", `oci:${image}`, `docker://${remote}`]);
    expect(await withTimes(remote)).toEqual(whole);
    // The same in Docker's format, from the layout, and from an archive of it.
    const docker = `${s.host}/k/umoci:docker`;
    await run([
      "skopeo",
      "copy",
      "--dest-tls-verify=false",
      "--format=v2s2",
      `oci:${image}`,
      `docker://${docker}`,
    ]);
    expect(await withTimes(docker)).toEqual(whole);
    const archive = join(s.path, "k.tar");
    await run(["skopeo", "copy", `oci:${image}`, `oci-archive:${archive}:v1`]);
    await s.store.flush();
    expect(await withTimes(`oci-archive:${archive}:v1`)).toEqual(whole);
    await s.store.flush();
    expect(await withTimes(`oci:${image}`)).toEqual(whole);
  });

  test("gives a blob through connections that break again and again", async () => {
    await using s = await setup();
    const noise = Buffer.alloc(4_000_000);
    for (let i = 0; i < noise.length; i += 4)
      noise.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
    const images = new ImageBuilder();
    await push(
      images,
      images.image([images.layer(tar({ name: "noise", data: noise }), "none")]),
      `${s.host}/k/noise`,
      "v1",
    );
    await using proxy = await startCuttingProxy(s.host, 1_200_000);
    const retries: string[] = [];
    using pulled = await pull(`${proxy.host}/k/noise:v1`, {
      store: s.store,
      env: { HOME: s.path },
      platform: parsePlatform("amd64"),
      onEvent: (event) => {
        if (event.kind === "retry") retries.push(event.message);
      },
    });
    expect(readFileSync(join(pulled.directory, "noise")).equals(noise)).toBe(true);
    expect(retries.length).toBeGreaterThanOrEqual(2);
    expect(retries[0]).toMatch(
      /^cannot reach ".*": the connection was cut after [0-9]+ of [0-9]+ bytes; trying again$/,
    );
  });
});

describe("a registry with a login", () => {
  test("by name and password", async () => {
    using passwords = scratch();
    const path = join(passwords.path, "htpasswd");
    writeFileSync(path, await run(["htpasswd", "-Bbn", "user", "pass"]));
    await using s = await setup({ auth: { htpasswd: { realm: "tests", path } } });
    const layout = join(s.path, "layout");
    builder.writeLayout(layout, [tagged(plain, "v1")]);
    const image = `${s.host}/k/secret:v1`;
    await run([
      "skopeo",
      "copy",
      "--dest-tls-verify=false",
      "--dest-creds=user:pass",
      `oci:${layout}:v1`,
      `docker://${image}`,
    ]);
    await expect(s.get(image)).rejects.toMatchObject({
      code: "unauthorized",
      message: `registry "${s.host}" wants a login for "${s.host}/k/secret": check the name, or run "docker login ${s.host}"`,
    });
    // skopeo writes the file as podman does.
    const file = join(s.path, "auth.json");
    await run([
      "skopeo",
      "login",
      "--tls-verify=false",
      `--authfile=${file}`,
      "-u",
      "user",
      "-p",
      "pass",
      s.host,
    ]);
    expect(await s.names(image, { env: { HOME: s.path, REGISTRY_AUTH_FILE: file } })).toBe("a b c");
  });

  test("by a token service, with a password and without", async () => {
    using keys = scratch();
    await using service = await startTokenService(keys.path);
    await using s = await setup({ auth: service.auth });
    const layout = join(s.path, "layout");
    builder.writeLayout(layout, [tagged(plain, "v1")]);
    for (const name of ["public/a", "private/b"]) {
      await run([
        "skopeo",
        "copy",
        "--dest-tls-verify=false",
        "--dest-creds=user:pass",
        `oci:${layout}:v1`,
        `docker://${s.host}/${name}:v1`,
      ]);
    }
    service.asked.length = 0;
    expect(await s.names(`${s.host}/public/a:v1`)).toBe("a b c");
    expect(new Set(service.asked)).toEqual(new Set(["nobody repository:public/a:pull"]));
    await expect(s.get(`${s.host}/private/b:v1`)).rejects.toMatchObject({ code: "unauthorized" });
    mkdirSync(join(s.path, ".docker"));
    const auth = Buffer.from("user:pass").toString("base64");
    writeFileSync(
      join(s.path, ".docker/config.json"),
      JSON.stringify({ auths: { [s.host]: { auth } } }),
    );
    expect(await s.names(`${s.host}/private/b:v1`)).toBe("a b c");
    expect(service.asked.at(-1)).toBe("user repository:private/b:pull");
  });

  test("with a certificate of an own CA, named by SSL_CERT_FILE, and through HTTPS_PROXY", async () => {
    using keys = scratch();
    const certificate = join(keys.path, "tls.crt");
    const key = join(keys.path, "tls.key");
    await run([
      ..."openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=tests".split(" "),
      ...[
        "-addext",
        "subjectAltName=IP:127.0.0.1,DNS:registry.invalid",
        "-keyout",
        key,
        "-out",
        certificate,
      ],
    ]);
    await using s = await setup({ tls: { certificate, key } });
    await expect(s.get(`${s.host}/k/a:v1`)).rejects.toMatchObject({
      code: "network",
      message: expect.stringMatching(
        /^cannot reach "127\.0\.0\.1:[0-9]+": its certificate is not accepted \([A-Z_]+\): name the file with its CA in SSL_CERT_FILE$/,
      ),
    });
    const layout = join(s.path, "layout");
    builder.writeLayout(layout, [tagged(plain, "v1")]);
    await run([
      "skopeo",
      "copy",
      "--dest-tls-verify=false",
      `oci:${layout}:v1`,
      `docker://${s.host}/k/a:v1`,
    ]);
    expect(
      await s.names(`${s.host}/k/a:v1`, { env: { HOME: s.path, SSL_CERT_FILE: certificate } }),
    ).toBe("a b c");
    // The same registry under a name that only the proxy knows.
    await using proxy = await startConnectProxy(s.host);
    const env = { HOME: s.path, SSL_CERT_FILE: certificate, HTTPS_PROXY: proxy.url };
    expect(await s.names("registry.invalid/k/a:v1", { env })).toBe("a b c");
    const login = Buffer.from("user:pass").toString("base64");
    expect(new Set(proxy.asked)).toEqual(new Set([`registry.invalid:443 Basic ${login}`]));
  });
});
