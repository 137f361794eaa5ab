import { accessSync, constants, existsSync, mkdirSync, statSync } from "node:fs";
import { getPriority, hostname } from "node:os";
import { dirname, join, onDisk, realPath, resolve } from "@vimto/linux";
import { isIgnored } from "../system/ignored-signals.ts";
import { findGitRoot } from "./git-root.ts";
import { goTestDirectories } from "./go-test.ts";
import { type Accounts, hostAccounts } from "./host-accounts.ts";
import { callerIdentity, type Identity } from "./identity.ts";
import type { HostLimits } from "./machine-size.ts";
import { DEFAULT_PATH, rootPath, searchPath } from "./program-path.ts";
import { callerLimits, type Limit } from "./resource-limits.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A directory of the host that the guest gets at its own path. */
export type SharedDirectory = { readonly path: string; readonly readonly: boolean };

/** What is asked of the host before a run. */
export type HostQuestion = {
  /** Absolute. */
  readonly cwd: string;
  readonly environment: Environment;
  readonly size: HostLimits;
  /** The command; empty when only the machine matters. */
  readonly argv: readonly string[];
  /** Whether root runs it. */
  readonly asRoot: boolean;
  /** The commands of setup and teardown, which root runs. */
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
  readonly size: HostLimits;
  readonly umask: number;
  readonly limits: readonly Limit[];
  /** From -20 to 19. */
  readonly nice: number;
  /** Whether the caller ignores SIGHUP, as nohup(1) has it. */
  readonly ignoresHangup: boolean;
  readonly caller: Identity;
  readonly accounts: Accounts;
  /** Where /sbin leads: "/usr/sbin" where /usr is merged. */
  readonly sbin: string;
  readonly hasModprobe: boolean;
  /** The paths at which PATH has the command, in the order of PATH. */
  readonly programs: ReadonlyMap<string, readonly string[]>;
  /** The same for the commands of setup and teardown. */
  readonly hookPrograms: ReadonlyMap<string, readonly string[]>;
  /** What --share names, links resolved, since the guest mounts where a link leads. */
  readonly asked: readonly SharedDirectory[];
  /** The directories that a run implies, links resolved, and why. */
  readonly implied: readonly ImpliedDirectory[];
  /** The outermost directories above these that the caller may search and not list. */
  readonly closed: readonly ClosedDirectory[];
};

/**
 * A directory that a run implies: the git root and the working directory, where a command writes; the
 * directory of a program that is named by its path; and those that go tells a test binary to write to.
 */
export type ImpliedDirectory = {
  readonly path: string;
  readonly by: "git root" | "working directory" | "program" | "go test";
};

/** On the host its entries can be reached by name; QEMU's 9p server lists the directory first, and may not. */
export type ClosedDirectory = {
  readonly path: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
};

/** Reads the host. Changes nothing, and starts no program but getent(1) for unknown users. */
export function readHost(question: HostQuestion): HostFacts {
  const { cwd, environment, size, argv, asRoot, hooks, shares } = question;
  const accounts = hostAccounts();
  const path = environment.PATH ?? DEFAULT_PATH;
  const found = (commands: readonly (readonly string[])[], search: string) =>
    new Map(
      commands.flatMap(([name]) => (name === undefined ? [] : [[name, searchPath(name, search)]])),
    );
  const asked = shares.map((share) => ({ ...share, path: whereItLeads(share.path) }));
  const implied = impliedDirectories(cwd, argv);
  return {
    cwd,
    environment,
    hostname: hostname(),
    size,
    umask: process.umask(),
    limits: callerLimits(),
    nice: getPriority(),
    ignoresHangup: isIgnored("SIGHUP"),
    caller: callerIdentity(accounts),
    accounts,
    sbin: whereItLeads("/sbin"),
    hasModprobe: hasModprobe("/"),
    programs: found([argv], asRoot ? rootPath(path) : path),
    hookPrograms: found(hooks, rootPath(path)),
    asked,
    implied,
    closed: closedDirectories([...asked, ...implied]),
  };
}

function impliedDirectories(cwd: string, argv: readonly string[]): ImpliedDirectory[] {
  const [program = ""] = argv;
  const { output, fuzzCache } = goTestDirectories(argv, cwd);
  const found: readonly (readonly [ImpliedDirectory["by"], string | undefined])[] = [
    ["git root", findGitRoot(cwd)],
    ["working directory", cwd],
    ["program", program.includes("/") ? directoryOf(resolve(cwd, program)) : undefined],
    ...[output, fuzzCache].map(
      (path) => ["go test", path && existsSync(onDisk(path)) ? path : undefined] as const,
    ),
  ];
  return found.flatMap(([by, path]) =>
    path === undefined ? [] : [{ by, path: whereItLeads(path) }],
  );
}

/** Undefined when it does not exist: the command may still come from an image, or it fails by its name. */
function directoryOf(program: string): string | undefined {
  const directory = dirname(whereItLeads(program));
  return existsSync(onDisk(directory)) ? directory : undefined;
}

function closedDirectories(directories: readonly { readonly path: string }[]): ClosedDirectory[] {
  const found = new Map<string, ClosedDirectory>();
  for (const { path } of directories) {
    const parts = path.split("/").slice(1, -1);
    const above = parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
    const closed = above.find((directory) => !mayList(directory));
    if (closed === undefined || found.has(closed)) continue;
    const { mode, uid, gid } = statSync(onDisk(closed));
    found.set(closed, { path: closed, mode: mode & 0o7777, uid, gid });
  }
  return [...found.values()];
}

function mayList(directory: string): boolean {
  try {
    accessSync(onDisk(directory), constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a root has modprobe(8) where the kernel looks for it. */
export const hasModprobe = (root: string): boolean =>
  ["sbin", "usr/sbin"].some((directory) => existsSync(join(root, directory, "modprobe")));

function whereItLeads(path: string): string {
  try {
    return realPath(path);
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
    mkdirSync(onDisk(fuzzCache), { recursive: true });
  } catch {
    // The test runs all the same, and what it finds is not kept.
  }
}
