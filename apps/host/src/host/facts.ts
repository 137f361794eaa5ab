import { accessSync, constants, existsSync, mkdirSync, realpathSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, resolve } from "node:path";
import { findGitRoot } from "./git-root.ts";
import { goTestDirectories } from "./go-test.ts";
import { type Accounts, hostAccounts } from "./host-accounts.ts";
import { callerIdentity, type Identity } from "./identity.ts";
import { callerLimits, type Limit } from "./resource-limits.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A directory of the host that the guest gets at its own path. */
export type SharedDirectory = { readonly path: string; readonly readonly: boolean };

/** What is asked of the host before a run. */
export type HostQuestion = {
  /** Absolute. */
  readonly cwd: string;
  readonly environment: Environment;
  /** The command; empty when only the machine matters. */
  readonly argv: readonly string[];
  /** The commands of setup and teardown. */
  readonly hooks: readonly (readonly string[])[];
  /** What --share names, absolute. */
  readonly shares: readonly SharedDirectory[];
};

/**
 * Everything about the host that a run depends on, besides the kernel and QEMU. It is read once; all that
 * follows from it is pure.
 */
export type HostFacts = {
  readonly cwd: string;
  readonly environment: Environment;
  readonly hostname: string;
  readonly umask: number;
  readonly limits: readonly Limit[];
  readonly caller: Identity;
  readonly accounts: Accounts;
  /** Where /sbin leads: "/usr/sbin" where /usr is merged. */
  readonly sbin: string;
  /** For each program of the question: the paths at which PATH has it, in the order of PATH. */
  readonly programs: ReadonlyMap<string, readonly string[]>;
  /** What --share names, links resolved, since the guest mounts where a link leads. */
  readonly asked: readonly SharedDirectory[];
  /** The directories that a run implies, links resolved: see `impliedDirectories`. */
  readonly implied: readonly string[];
};

/** execvp(3), when PATH is not set. */
const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Looks at the host. Changes nothing there and starts nothing but getent(1) for unknown users. */
export function readHost(question: HostQuestion): HostFacts {
  const { cwd, environment, argv, hooks, shares } = question;
  const accounts = hostAccounts();
  const path = environment.PATH ?? DEFAULT_PATH;
  const names = [argv, ...hooks].flatMap(([program]) => program ?? []);
  return {
    cwd,
    environment,
    hostname: hostname(),
    umask: process.umask(),
    limits: callerLimits(),
    caller: callerIdentity(accounts),
    accounts,
    sbin: realPath("/sbin"),
    programs: new Map(names.map((name) => [name, searchPath(name, path)])),
    asked: shares.map((share) => ({ ...share, path: realPath(share.path) })),
    implied: impliedDirectories(cwd, argv),
  };
}

/**
 * A name without a slash is looked for in PATH. Directories that have it on the host come first; when no
 * directory has it, all are tried in the guest, since an image or a setup command may bring it.
 */
function searchPath(program: string, path: string): readonly string[] {
  if (program.includes("/") || program === "") return [program];
  const all = path.split(":").map((directory) => `${directory || "."}/${program}`);
  const there = all.filter(exists);
  return there.length > 0 ? there : all;
}

function exists(path: string): boolean {
  try {
    accessSync(path, constants.F_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The git root, the working directory, the directory of a program that is named by its path, and the
 * directories that go tells a test binary to write to.
 */
function impliedDirectories(cwd: string, argv: readonly string[]): string[] {
  const [program = ""] = argv;
  const { output, fuzzCache } = goTestDirectories(argv, cwd);
  return [
    findGitRoot(cwd),
    cwd,
    program.includes("/") ? directoryOf(resolve(cwd, program)) : undefined,
    ...[output, fuzzCache].filter((path) => path !== undefined && existsSync(path)),
  ].flatMap((path) => (path === undefined ? [] : [realPath(path)]));
}

/** Undefined when it does not exist: the command may still come from an image, or it fails by its name. */
function directoryOf(program: string): string | undefined {
  const directory = dirname(realPath(program));
  return existsSync(directory) ? directory : undefined;
}

function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/**
 * Makes the directory in which fuzzing keeps its corpus, as the test binary itself would: only a directory
 * that exists can be shared.
 */
export function makeFuzzCache(argv: readonly string[], cwd: string): void {
  const { fuzzCache } = goTestDirectories(argv, cwd);
  if (fuzzCache === undefined) return;
  try {
    mkdirSync(fuzzCache, { recursive: true });
  } catch {
    // The test runs all the same, and what it finds is not kept.
  }
}
