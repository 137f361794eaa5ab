import type { Environment } from "@vimto/http";
import { errorCode } from "@vimto/linux";
import { z } from "zod";
import { OciError, printable } from "../errors.ts";
import type { Credential } from "./credential.ts";

const Answer = z.object({ Username: z.string(), Secret: z.string() });
const TIMEOUT_MS = 60_000;

/**
 * Asks `docker-credential-NAME get` for a server's credential (github.com/docker/docker-credential-helpers: the
 * server's name on stdin, JSON on stdout). Undefined if the helper has no credential.
 * @throws OciError "credentials" if there is no such program, or it fails for another reason
 */
export async function askHelper(
  name: string,
  server: string,
  env: Environment,
): Promise<Credential | undefined> {
  if (!/^[A-Za-z0-9_.-]+$/.test(name)) {
    throw new OciError("credentials", `credential helper "${name}" is not the name of a program`);
  }
  const program = `docker-credential-${name}`;
  const { status, stdout, stderr } = await run(program, server, env);
  if (status !== 0) {
    const said = printable(`${stdout} ${stderr}`);
    // The helpers' own sentences for "not logged in" (credentials/error.go).
    if (
      /credentials not found|no credentials|username is missing|server URL is missing/i.test(said)
    ) {
      return undefined;
    }
    throw new OciError(
      "credentials",
      `credential helper "${program}" failed for "${server}": ${said}`,
    );
  }
  const answer = Answer.safeParse(parseJson(stdout));
  if (!answer.success) {
    throw new OciError(
      "credentials",
      `credential helper "${program}" answered something else than a credential for "${server}"`,
    );
  }
  const { Username: username, Secret: secret } = answer.data;
  if (username === "" && secret === "") return undefined;
  if (username === "<token>") return { kind: "identity", token: secret, source: program };
  return { kind: "basic", username, password: secret, source: program };
}

async function run(program: string, server: string, env: Environment) {
  const path = Bun.which(program, { PATH: env.PATH ?? "" });
  if (path === null) {
    throw new OciError(
      "credentials",
      `credential helper "${program}" is not in PATH: install it, or take it out of the Docker configuration`,
    );
  }
  try {
    const child = Bun.spawn([path, "get"], {
      stdin: Buffer.from(`${server}\n`),
      stdout: "pipe",
      stderr: "pipe",
      env: { ...env },
      timeout: TIMEOUT_MS,
    });
    const [stdout, stderr, status] = await Promise.all([
      child.stdout.text(),
      child.stderr.text(),
      child.exited,
    ]);
    return { status, stdout, stderr };
  } catch (error) {
    throw new OciError(
      "credentials",
      `credential helper "${path}" cannot be run (${errorCode(error) ?? "unknown error"})`,
      { cause: error },
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
