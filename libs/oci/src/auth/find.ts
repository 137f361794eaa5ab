import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Environment } from "@vimto/http";
import { errorCode, homeDirectory } from "@vimto/linux";
import { OciError } from "../errors.ts";
import { findInAuthFile, parseAuthFile } from "./auth-file.ts";
import type { Credentials } from "./credential.ts";
import { askHelper } from "./helper.ts";

/**
 * The files that may hold credentials, in the order they are asked: $REGISTRY_AUTH_FILE, Docker's
 * config.json, podman's auth.json of this login, podman's auth.json of this user.
 */
function authFiles(env: Environment, home: string): { path: string; named: boolean }[] {
  const files: { path: string; named: boolean }[] = [];
  if (env.REGISTRY_AUTH_FILE) files.push({ path: env.REGISTRY_AUTH_FILE, named: true });
  files.push({
    path: join(env.DOCKER_CONFIG || join(home, ".docker"), "config.json"),
    named: false,
  });
  if (env.XDG_RUNTIME_DIR) {
    files.push({ path: join(env.XDG_RUNTIME_DIR, "containers/auth.json"), named: false });
  }
  const config = env.XDG_CONFIG_HOME || join(home, ".config");
  files.push({ path: join(config, "containers/auth.json"), named: false });
  return files;
}

/** The credentials of the user whose environment this is. The first file that knows the registry decides. */
export function userCredentials(
  env: Environment,
  home = env.HOME || homeDirectory() || "/",
): Credentials {
  return async (registry, repository) => {
    for (const { path, named } of authFiles(env, home)) {
      const text = await readAuthFile(path, named);
      if (text === undefined) continue;
      const found = findInAuthFile(parseAuthFile(text, path), registry, repository, path);
      if (found === undefined) continue;
      if (found.kind === "credential") return found.credential;
      const credential = await askHelper(found.helper, found.server, env);
      if (credential) return credential;
    }
    return undefined;
  };
}

async function readAuthFile(path: string, named: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const code = errorCode(error) ?? "unknown error";
    if (!named && (code === "ENOENT" || code === "ENOTDIR")) return undefined;
    const which = named ? `"${path}", which REGISTRY_AUTH_FILE names,` : `"${path}"`;
    throw new OciError("credentials", `credential file ${which} cannot be read (${code})`, {
      cause: error,
    });
  }
}
