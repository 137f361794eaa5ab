import { z } from "zod";
import { OciError } from "../errors.ts";
import type { Credential } from "./credential.ts";

const AuthEntry = z.object({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  identitytoken: z.string().optional(),
  registrytoken: z.string().optional(),
});

const AuthFile = z.object({
  auths: z.record(z.string(), AuthEntry).optional(),
  credHelpers: z.record(z.string(), z.string()).optional(),
  credsStore: z.string().optional(),
});

/** The parts about credentials of Docker's config.json and podman's auth.json. */
export type AuthFile = z.infer<typeof AuthFile>;
type AuthEntry = z.infer<typeof AuthEntry>;

/** What a file says of one registry: a credential, or the helper program that knows it. */
export type AuthFinding =
  | { readonly kind: "credential"; readonly credential: Credential }
  | { readonly kind: "helper"; readonly helper: string; readonly server: string };

/** Docker Hub's name in config.json (docker/cli, registry.IndexServer). */
const DOCKER_HUB = "https://index.docker.io/v1/";

export function parseAuthFile(text: string, path: string): AuthFile {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new OciError("credentials", `credential file "${path}" is not JSON`, { cause: error });
  }
  const file = AuthFile.safeParse(value);
  if (file.success) return file.data;
  const issue = file.error.issues[0];
  throw new OciError(
    "credentials",
    `credential file "${path}" has a wrong value at "${issue?.path.join(".")}": ${issue?.message}`,
  );
}

/**
 * Looks a repository up in one file. A helper named for the registry comes first, then the entry with
 * the longest path that contains the repository (containers-auth.json(5)), then the store for all.
 */
export function findInAuthFile(
  file: AuthFile,
  registry: string,
  repository: string,
  path: string,
): AuthFinding | undefined {
  const server = registry === "docker.io" ? DOCKER_HUB : registry;
  const hosts = registry === "docker.io" ? ["docker.io", "index.docker.io"] : [registry];
  for (const [named, helper] of Object.entries(file.credHelpers ?? {})) {
    if (hosts.includes(bareName(named)) && helper !== "") return { kind: "helper", helper, server };
  }
  const entries = Object.entries(file.auths ?? {}).map(([key, entry]) => ({
    key: bareName(key),
    entry,
  }));
  for (const name of hosts.flatMap((host) => namesFor(host, repository))) {
    for (const { key, entry } of entries) {
      const credential = key === name ? readEntry(entry, registry, path) : undefined;
      if (credential) return { kind: "credential", credential };
    }
  }
  if (file.credsStore) return { kind: "helper", helper: file.credsStore, server };
  return undefined;
}

/** "quay.io/a/b" for repository "a/b", then "quay.io/a", then "quay.io". */
function namesFor(host: string, repository: string): string[] {
  const parts = repository.split("/");
  return [...parts.map((_, i) => [host, ...parts.slice(0, parts.length - i)].join("/")), host];
}

/** Docker's keys may be URLs: "https://host/v1/" is "host". */
function bareName(key: string): string {
  return key.replace(/^https?:\/\//, "").replace(/\/(?:v[12]\/?)?$/, "");
}

function readEntry(entry: AuthEntry, registry: string, path: string): Credential | undefined {
  const source = path;
  if (entry.identitytoken) return { kind: "identity", token: entry.identitytoken, source };
  if (entry.registrytoken) return { kind: "bearer", token: entry.registrytoken, source };
  if (entry.auth) {
    const text = Buffer.from(entry.auth, "base64").toString("utf8");
    const colon = text.indexOf(":");
    if (colon < 1) {
      throw new OciError(
        "credentials",
        `credential file "${path}" has an "auth" for "${registry}" that is not base64 of USER:PASSWORD`,
      );
    }
    // Docker's own files may end the password with NUL bytes (docker/cli, decodeAuth).
    const password = text.slice(colon + 1).replace(/\0+$/, "");
    return { kind: "basic", username: text.slice(0, colon), password, source };
  }
  if (!entry.username) return undefined;
  return { kind: "basic", username: entry.username, password: entry.password ?? "", source };
}
