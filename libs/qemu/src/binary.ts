import { type ExecFileException, execFile } from "node:child_process";
import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Architecture } from "@vimto/linux";
import { architectureTable } from "./architecture.ts";
import { QemuError } from "./error.ts";
import { formatVersion, isAtLeast, minimumVersion, parseVersion, type Version } from "./version.ts";

export type BinarySearch = {
  readonly architecture: Architecture;
  /** A name or a path that the user gave; looked up in PATH only if it has no slash. */
  readonly explicit?: string | undefined;
  /** The value of $PATH; empty parts of it are passed over. */
  readonly path: string;
  /** What relative paths start from. */
  readonly directory: string;
};

/**
 * The path of the QEMU program for an architecture; it is a file that may be executed.
 * Throws QemuError "binary-missing" or "binary-not-runnable".
 */
export async function findBinary(search: BinarySearch): Promise<string> {
  const { binary, package: packageName } = architectureTable[search.architecture];
  const name = search.explicit ?? binary;
  if (name.includes("/")) {
    const path = resolve(search.directory, name);
    const state = await executable(path);
    if (state === "yes") return path;
    if (state === "missing") {
      throw new QemuError(
        "binary-missing",
        `QEMU "${path}" does not exist; name a ${binary}, or leave the path out to use PATH`,
      );
    }
    throw new QemuError(
      "binary-not-runnable",
      `QEMU "${path}" is not an executable file; name a ${binary}, or leave the path out to use PATH`,
    );
  }
  for (const directory of search.path.split(":").filter((part) => part !== "")) {
    const path = resolve(search.directory, directory, name);
    if ((await executable(path)) === "yes") return path;
  }
  throw new QemuError(
    "binary-missing",
    `${name} is not in PATH; install it with "apt install ${packageName}", or whatever your distribution calls it`,
  );
}

async function executable(path: string): Promise<"yes" | "no" | "missing"> {
  try {
    if (!(await stat(path)).isFile()) return "no";
    await access(path, constants.X_OK);
    return "yes";
  } catch (error) {
    return hasCode(error, "ENOENT") || hasCode(error, "ENOTDIR") ? "missing" : "no";
  }
}

/** Tells one QEMU program from another without running it. */
export type BinaryIdentity = {
  /** With symbolic links resolved. */
  readonly path: string;
  readonly size: number;
  /** Nanoseconds since 1970, in decimal: more than a number can hold. */
  readonly modified: string;
};

/** One `realpath` and one `stat`; cheap enough for every run. */
export async function readIdentity(path: string): Promise<BinaryIdentity> {
  const real = await realpath(path);
  const { size, mtimeNs } = await stat(real, { bigint: true });
  return { path: real, size: Number(size), modified: `${mtimeNs}` };
}

/** A text that only equal identities share; part of a cache key, together with the version. */
export const identityKey = (identity: BinaryIdentity): string =>
  JSON.stringify([identity.path, identity.size, identity.modified]);

/**
 * Runs `path --version`, which takes tens of milliseconds: keep the answer under identityKey().
 * Throws QemuError "binary-not-runnable", also when `signal` aborts.
 */
export async function queryVersion(path: string, signal?: AbortSignal): Promise<Version> {
  const result = await run(path, signal);
  if (result.failure !== undefined) {
    throw new QemuError(
      "binary-not-runnable",
      `QEMU "${path}" does not run: ${result.failure}; reinstall it or name another`,
    );
  }
  const version = parseVersion(result.stdout);
  if (!version) {
    throw new QemuError(
      "binary-not-runnable",
      `"${path}" is not QEMU: asked for its version it printed ${JSON.stringify(firstLine(result.stdout))}; name another`,
    );
  }
  return version;
}

/** Whether QEMU was built with user networking (libslirp); it lists what it has, those without a default machine too. */
export async function hasUserNetwork(path: string): Promise<boolean> {
  const { stdout } = await run(path, undefined, ["-machine", "none", "-netdev", "help"]);
  return /^user$/m.test(stdout);
}

/** Throws QemuError "binary-too-old" for versions below minimumVersion. */
export function requireVersion(path: string, version: Version): void {
  if (isAtLeast(version, minimumVersion)) return;
  throw new QemuError(
    "binary-too-old",
    `QEMU "${path}" is version ${formatVersion(version)}, but vimto needs ${minimumVersion.major}.${minimumVersion.minor} or newer; install a newer one or name another`,
  );
}

function run(
  path: string,
  signal: AbortSignal | undefined,
  args: readonly string[] = ["--version"],
): Promise<{ readonly stdout: string; readonly failure?: string }> {
  return new Promise((done) => {
    execFile(
      path,
      args,
      { encoding: "utf8", maxBuffer: 65536, ...(signal ? { signal } : {}) },
      (error, stdout, stderr) => {
        if (!error) return done({ stdout });
        const said = firstLine(stderr) || firstLine(stdout);
        const quote =
          said === "" || typeof error.code !== "number" ? "" : `, ${JSON.stringify(said)}`;
        done({ stdout, failure: `${describeFailure(error)}${quote}` });
      },
    );
  });
}

function describeFailure(error: ExecFileException): string {
  if (error.name === "AbortError") return "it was given up";
  if (error.code === "ERR_CHILD_PROCESS_STDIO_MAXBUFFER") return "it never stops printing";
  if (typeof error.code === "number") return `exit status ${error.code}`;
  return error.signal ? `killed by ${error.signal}` : `${error.code ?? error.message}`;
}

const firstLine = (text: string): string => (text.trim().split("\n", 1)[0] ?? "").slice(0, 200);

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;
