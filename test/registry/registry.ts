import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** A docker-registry on loopback that ends when it is stopped. */
export type Registry = {
  /** "127.0.0.1:PORT" */
  readonly host: string;
  stop(): Promise<void>;
};

export type RegistryOptions = {
  /** Sections of its configuration (distribution, "Configuring a registry") besides storage and http. */
  readonly auth?: Readonly<Record<string, unknown>>;
  readonly tls?: { readonly certificate: string; readonly key: string };
};

/** Starts a registry that keeps its blobs below `directory`. @throws Error with its log if it ends */
export async function startRegistry(
  directory: string,
  options: RegistryOptions = {},
): Promise<Registry> {
  mkdirSync(directory, { recursive: true });
  const host = `127.0.0.1:${await freePort()}`;
  const { auth, tls } = options;
  const config = {
    version: 0.1,
    log: { level: "error" },
    storage: { filesystem: { rootdirectory: join(directory, "data") } },
    http: { addr: host, secret: "tests", ...(tls ? { tls } : {}) },
    ...(auth ? { auth } : {}),
  };
  const path = join(directory, "config.yml");
  writeFileSync(path, JSON.stringify(config)); // JSON is YAML
  const log = Bun.file(join(directory, "log"));
  const child = Bun.spawn(["docker-registry", "serve", path], { stdout: log, stderr: log });
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  for (let tries = 0; tries < 200; tries++) {
    if (child.exitCode !== null) throw new Error(`docker-registry ended: ${await log.text()}`);
    if (await answers(host, tls !== undefined)) return { host, stop };
    await Bun.sleep(50);
  }
  await stop();
  throw new Error(`docker-registry does not answer: ${await log.text()}`);
}

async function answers(host: string, secure: boolean): Promise<boolean> {
  try {
    const init = secure ? { tls: { rejectUnauthorized: false } } : {};
    const response = await fetch(`${secure ? "https" : "http"}://${host}/v2/`, init);
    return response.status === 200 || response.status === 401;
  } catch {
    return false;
  }
}

function freePort(): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const server = createServer().on("error", reject);
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    const port = typeof address === "object" && address ? address.port : 0;
    server.close(() => resolve(port));
  });
  return promise;
}
