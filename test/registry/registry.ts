import { mkdirSync, writeFileSync } from "node:fs";
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
  const { auth, tls } = options;
  const config = {
    version: 0.1,
    log: { level: "info" },
    storage: { filesystem: { rootdirectory: join(directory, "data") } },
    http: { addr: "127.0.0.1:0", secret: "tests", ...(tls ? { tls } : {}) },
    ...(auth ? { auth } : {}),
  };
  const path = join(directory, "config.yml");
  writeFileSync(path, JSON.stringify(config)); // JSON is YAML
  const log = Bun.file(join(directory, "log"));
  // Bun appends, and another registry that started here told another port.
  await Bun.write(log, "");
  const child = Bun.spawn(["docker-registry", "serve", path], { stdout: "ignore", stderr: log });
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  // Its port is one that it finds free itself: another's choice could be taken until it starts.
  while (child.exitCode === null && child.signalCode === null) {
    const host = /msg="listening on (127\.0\.0\.1:\d+)/.exec(await log.text())?.[1];
    if (host !== undefined) return { host, stop };
    await Bun.sleep(20);
  }
  throw new Error(`docker-registry ended: ${await log.text()}`);
}
