import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { HANGS_AFTER_S } from "../harness/deadline.ts";
import { until } from "../harness/until.ts";

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

/** Starts a registry that keeps its blobs below `directory`. @throws Error with its log if it does not */
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
  const logFile = join(directory, "log");
  // Bun appends, and another registry that started here told another port.
  writeFileSync(logFile, "");
  const child = Bun.spawn(["docker-registry", "serve", path], {
    stdout: "ignore",
    stderr: Bun.file(logFile),
  });
  const stop = async () => {
    child.kill();
    await child.exited;
  };
  // Its port is one that it finds free itself: another's choice could be taken until it starts.
  const log = () => readFileSync(logFile, "utf8");
  const port = () => /msg="listening on (127\.0\.0\.1:\d+)/.exec(log())?.[1];
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  try {
    await until("docker-registry listens", HANGS_AFTER_S, () => port() !== undefined || ended());
    const host = port();
    if (host === undefined) throw new Error("docker-registry ended");
    return { host, stop };
  } catch (error) {
    await stop();
    throw new Error(`${error}, after ${log()}`);
  }
}
