import { accessSync, constants, readFileSync, rmSync, statSync } from "node:fs";
import { release } from "node:os";
import { join, resolve } from "node:path";
import { RLIMIT_NOFILE } from "@vimto/linux";
import { identityKey, readIdentity } from "@vimto/qemu";
import type { Cache } from "../cache/cache.ts";
import { keyOf } from "../cache/identity.ts";
import { Failure } from "../failure.ts";
import type { Environment } from "./facts.ts";
import { callerLimits } from "./resource-limits.ts";
import { type VirtiofsdVersion, versionOf } from "./virtiofsd-version.ts";

/** A virtiofsd that this user can run. */
export type Virtiofsd = VirtiofsdVersion & {
  readonly path: string;
  /** Whether root runs it: it then acts as the user of each request. */
  readonly asRoot: boolean;
  /**
   * Whether it is to keep file handles (open_by_handle_at(2)) for what the guest knows, instead of a descriptor for
   * each file: two thirds as fast, and not bounded by the limit of open files. The default of 1.14 is
   * "prefer", earlier ones' is "never"; undefined where it has no such option.
   */
  readonly fileHandles: "prefer" | "never" | undefined;
  /**
   * How many files it may have open, where those are few and it keeps no handles. It needs one for each file that the
   * guest knows; beyond them the guest finds no file (EMFILE).
   */
  readonly openFiles: number | undefined;
  /** Whether it can have mounts of its own, which are read-only. In a container root may not make them. */
  readonly mayMount: boolean;
};

/**
 * Says that a server was not started because its mounts cannot be read-only: that takes Linux 5.12 and
 * CAP_SYS_ADMIN.
 */
export const NO_READ_ONLY_MOUNTS = Symbol("no read-only mounts");

/** Earlier ones do not try whether handles work (passthrough/mod.rs, check_working_file_handles). */
const HANDLES_SINCE = [1, 2] as const;
/** More files than a guest's cache holds in some 300 MB. */
const MANY_FILES = 1n << 18n;
/** include/uapi/linux/capability.h */
const CAP_DAC_READ_SEARCH = 2n;
const CAP_SYS_ADMIN = 21n;
const CAP_SYS_RESOURCE = 24n;

const WITHOUT_MOUNTS = "without read-only mounts";

/** Where distributions install it outside of PATH: Debian and Fedora, Debian 12, Arch, RHEL 8. */
const PLACES = ["/usr/libexec", "/usr/lib/qemu", "/usr/lib", "/usr/lib64/qemu"];

const INSTALL =
  'install it with "apt install virtiofsd" (Debian 12, Ubuntu 22.04: qemu-system-common), or whatever your distribution calls it';

/** Every virtiofsd of this host, the preferred one first. */
export function virtiofsdPlaces(
  { VIMTO_VIRTIOFSD: named, PATH: path = "" }: Environment,
  cwd: string,
  usable: (path: string) => boolean = executable,
): readonly string[] {
  if (named !== undefined && named !== "") return [resolve(cwd, named)].filter(usable);
  return [...path.split(":").filter((part) => part !== ""), ...PLACES]
    .map((directory) => join(resolve(cwd, directory), "virtiofsd"))
    .filter(usable);
}

/** What a virtiofsd is looked for with. */
export type VirtiofsdSearch = {
  readonly cache: Cache;
  readonly environment: Environment;
  readonly cwd: string;
  readonly uid: number;
  /** Whether it is for files that a guest must not change: the layers of the root, or a share. */
  readonly readOnly: boolean;
  /** Why this one does not start, with read-only mounts where it may mount: what follows its name; undefined if it does. */
  readonly whyNotStarted: (
    virtiofsd: Virtiofsd,
  ) => Promise<string | typeof NO_READ_ONLY_MOUNTS | undefined>;
  /** Whether one that has started once is started again to see whether it does. */
  readonly startAgain?: boolean;
  /**
   * Whether the run has another way: then the result of an earlier failed search counts until the next boot of
   * the host, or until a search with `startAgain`.
   */
  readonly settles?: boolean;
  /** How long a virtiofsd may take to print its version. */
  readonly versionLimitMs?: number;
};

/** The first virtiofsd that starts; its version is asked for once. Throws Failure "file-server". */
export async function findVirtiofsd(search: VirtiofsdSearch): Promise<Virtiofsd> {
  const { cache, settles = false, startAgain = false } = search;
  if (!settles && !startAgain) return await firstThatStarts(search);
  const name = await vainName(search);
  const inVain = cache.readText(name) ?? "";
  if (settles && inVain !== "") throw new Failure("file-server", inVain);
  try {
    const found = await firstThatStarts(search);
    if (inVain !== "") forget(cache.path(name));
    return found;
  } catch (error) {
    if (error instanceof Failure && error.code === "file-server")
      cache.keepText(name, error.message);
    throw error;
  }
}

/** Removes a kept result; in a cache that cannot be written it stays. */
function forget(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // No harm: a run without this result shares by 9p, and --fs virtiofs does not read it.
  }
}

/** The name in the cache of a failed search, made of all that the search depends on. */
async function vainName({ environment, cwd, uid, readOnly }: VirtiofsdSearch): Promise<string> {
  const places = virtiofsdPlaces(environment, cwd);
  const identities = await Promise.all(places.map(readIdentity));
  const status = readFileSync("/proc/self/status", "utf8");
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8");
  const around = [environment.VIMTO_VIRTIOFSD ?? "", `${uid}`, `${readOnly}`, boot];
  return `facts/no-virtiofsd-${keyOf(...around, capabilities(status), ...identities.map(identityKey))}`;
}

async function firstThatStarts(search: VirtiofsdSearch): Promise<Virtiofsd> {
  const { cache, environment, cwd, uid, readOnly, versionLimitMs } = search;
  const named = environment.VIMTO_VIRTIOFSD;
  const places = virtiofsdPlaces(environment, cwd);
  if (places.length === 0)
    throw new Failure(
      "file-server",
      named === undefined || named === ""
        ? `no virtiofsd was found; ${INSTALL}`
        : `VIMTO_VIRTIOFSD ${JSON.stringify(named)} is no executable file`,
    );
  const status = readFileSync("/proc/self/status", "utf8");
  const reasons: string[] = [];
  const another = INSTALL.replace("it with", "another with");
  for (const path of places) {
    const kind = await versionOf(cache, path, versionLimitMs);
    if (kind.program === undefined) {
      const why = kind.why === "" && uid !== 0 ? " for you (that of QEMU needs root)" : kind.why;
      reasons.push(`${JSON.stringify(path)} does not run${why}; ${another}`);
    } else if (kind.program === "qemu" && uid !== 0) {
      reasons.push(
        `${JSON.stringify(path)} of QEMU ${kind.version} runs as root alone; ${another}`,
      );
    } else {
      const few = fewOpenFiles(status);
      const handles =
        few !== undefined && hasCapability(status, CAP_DAC_READ_SEARCH) ? "prefer" : "never";
      const fileHandles =
        kind.program === "qemu" || !since(kind.version, HANDLES_SINCE) ? undefined : handles;
      const found = await started(
        {
          path,
          ...kind,
          asRoot: uid === 0,
          fileHandles,
          openFiles: fileHandles === "prefer" ? undefined : few,
          mayMount: hasCapability(status, CAP_SYS_ADMIN),
        },
        status,
        search,
      );
      if (typeof found === "string")
        reasons.push(`${JSON.stringify(path)} ${kind.version} does not start: it ${found}`);
      else if (readOnly && found.program === "qemu" && !found.mayMount)
        reasons.push(
          `${JSON.stringify(path)} of QEMU ${kind.version} serves no files read-only on this host (that takes Linux 5.12 and CAP_SYS_ADMIN); ${another}`,
        );
      else return found;
    }
  }
  throw new Failure("file-server", reasons[0] ?? "");
}

/**
 * The server as it starts, or why it does not: what follows its name. A start that worked is kept in the cache
 * for this file, this user's capabilities and this kernel.
 */
async function started(
  wanted: Virtiofsd,
  status: string,
  { cache, uid, whyNotStarted, startAgain = false }: VirtiofsdSearch,
): Promise<Virtiofsd | string> {
  const { path, ...rest } = wanted;
  const key = keyOf(
    identityKey(await readIdentity(path)),
    `${uid}`,
    release(),
    capabilities(status),
    JSON.stringify(rest),
  );
  const name = `facts/virtiofsd-starts-${key}`;
  const withoutMounts = { ...wanted, mayMount: false };
  const kept = startAgain ? undefined : cache.useText(name);
  if (kept !== undefined) return kept === WITHOUT_MOUNTS ? withoutMounts : wanted;
  let found = wanted;
  let why = await whyNotStarted(found);
  if (why === NO_READ_ONLY_MOUNTS) {
    found = withoutMounts;
    why = await whyNotStarted(found);
  }
  if (why !== undefined) return String(why);
  cache.keepText(name, found === wanted ? "" : WITHOUT_MOUNTS);
  return found;
}

function since(version: string, [major, minor]: readonly [number, number]): boolean {
  const [has = 0, hasMinor = 0] = version.split(".").map(Number);
  return has > major || (has === major && hasMinor >= minor);
}

/**
 * How many files a virtiofsd may have open, if those are few. It raises its limit itself, to a million if it has
 * CAP_SYS_RESOURCE and else to the hard limit. File handles make up for it where root may open them; a virtiofsd that
 * is told to use them and lacks the capability ends at once, as in many containers.
 */
export function fewOpenFiles(
  status: string,
  openFiles = callerLimits().find(({ resource }) => resource === RLIMIT_NOFILE)?.hard ?? MANY_FILES,
): number | undefined {
  return openFiles < MANY_FILES && !hasCapability(status, CAP_SYS_RESOURCE)
    ? Number(openFiles)
    : undefined;
}

/** The effective capabilities in /proc/PID/status, in hexadecimal. */
const capabilities = (status: string) => /^CapEff:\t([0-9a-f]+)$/m.exec(status)?.[1] ?? "0";

const hasCapability = (status: string, capability: bigint) =>
  ((BigInt(`0x${capabilities(status)}`) >> capability) & 1n) === 1n;

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
