import { existsSync, fstatSync, mkdirSync } from "node:fs";
import { hostname } from "node:os";
import { type Architecture, chooseAccelerator, readAcceleratorFacts } from "@vimto/qemu";
import { Cache, cacheDirectory } from "../cache/cache.ts";
import { corePrefix, coreSysctls } from "../capabilities/cores/pattern.ts";
import { planCommand } from "../guest/command.ts";
import type { CommandPlan, MachinePlan } from "../guest/script.ts";
import { planShares } from "../guest/shares.ts";
import { goTestDirectories } from "../host/go-test.ts";
import { holdsOnly, planMerges } from "../host/layers.ts";
import { findQemu, type Qemu } from "../host/qemu.ts";
import { callerLimits } from "../host/resource-limits.ts";
import type { KernelImage } from "../kernels/image.ts";
import { type FetchImage, resolveKernel } from "../kernels/resolve.ts";
import {
  callerIdentity,
  findGitRoot,
  hostAccounts,
  type Identity,
  resolveUser,
  type Settings,
  type SettingsCommand,
} from "../settings/index.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** A command of setup or teardown. */
export type Hook = { readonly text: string; readonly command: CommandPlan };

/** Everything about a run that is decided before a machine is started. */
export type Prepared = {
  readonly cache: Cache;
  readonly qemu: Qemu;
  readonly architecture: Architecture;
  readonly accelerator: "kvm" | "tcg";
  readonly image: KernelImage;
  readonly shares: ReturnType<typeof planShares>;
  readonly machine: MachinePlan;
  readonly command: CommandPlan;
  /** What the names of core files begin with. */
  readonly cores: string;
  readonly setup: readonly Hook[];
  readonly teardown: readonly Hook[];
  readonly warnings: readonly string[];
};

export const architectureOf = (arch: Settings["arch"]): Architecture =>
  arch === "arm64" ? "aarch64" : "x86_64";

/** From settings to plans: looks at the host, starts nothing but QEMU's version query. */
export async function prepare(
  settings: Settings,
  argv: readonly string[],
  environment: Environment,
  fetchImage: FetchImage,
  moment: (name: string) => void,
): Promise<Prepared> {
  const cache = new Cache(cacheDirectory(environment));
  const architecture = architectureOf(settings.arch);
  const [image, qemu, facts] = await Promise.all([
    resolveKernel(settings.kernel, architecture, cache, fetchImage),
    findQemu(cache, architecture, environment, settings.cwd),
    readAcceleratorFacts({ environment }),
  ]);
  moment("kernel and QEMU resolved");
  const { accelerator, warning } = chooseAccelerator(settings.accel, architecture, facts);
  const shares = planShares({
    cwd: settings.cwd,
    gitRoot: findGitRoot(settings.cwd),
    program: argv[0] ?? "",
    told: toldByGo(argv, settings),
    asked: settings.shares,
  });
  const other = otherUser(settings);
  const caller = callerIdentity(hostAccounts());
  const cores = corePrefix();
  const surroundings = {
    cwd: settings.cwd,
    umask: process.umask(),
    limits: callerLimits(),
    merged: sameFile(1, 2),
  };
  const command: CommandPlan = {
    ...planCommand(argv, environment, other),
    ...surroundings,
    identity: other ?? caller,
  };
  // As root, and else like the command itself, in its environment.
  const hook = ({ text, argv }: SettingsCommand): Hook => ({
    text,
    command: {
      ...planCommand(argv, environment, undefined),
      ...surroundings,
      environment: command.environment,
      identity: resolveUser("0", text, hostAccounts()),
    },
  });
  const [setup, teardown] = [settings.setup.map(hook), settings.teardown.map(hook)];
  const users = [{ command }, ...setup, ...teardown].map((each) => each.command.identity.uid);
  return {
    cache,
    qemu,
    architecture,
    accelerator,
    image,
    shares,
    machine: {
      root: {
        image: image.overlay === undefined ? undefined : { merges: merges(image.overlay) },
        modules: image.modules && {
          release: image.files.release,
          directory: `/usr/lib/modules/${image.files.release}`,
          index: image.modules.index !== undefined,
        },
        shares,
      },
      hostname: hostname(),
      sysctls: coreSysctls(cores, settings.cwd, caller.uid, users),
    },
    command,
    cores,
    setup,
    teardown,
    // That KVM may not work is said when it does not: one fault, one sentence.
    warnings: warning === undefined || accelerator === "kvm" ? [] : [warning],
  };
}

/** Those that are there; the one for fuzzing is made, as the test binary itself would. */
function toldByGo(argv: readonly string[], { cwd, dryRun }: Settings): string[] {
  const { output, fuzzCache } = goTestDirectories(argv, cwd);
  if (fuzzCache !== undefined && !dryRun) {
    try {
      mkdirSync(fuzzCache, { recursive: true });
    } catch {
      // The test runs all the same, and what it finds out is not kept.
    }
  }
  return [output, fuzzCache].filter((path) => path !== undefined).filter(existsSync);
}

/** The user to run as, when that is another than the caller. */
function otherUser({ user, sudo }: Settings): Identity | undefined {
  if (user === undefined) return undefined;
  return resolveUser(user, sudo ? "--sudo" : "--user", hostAccounts());
}

/** Directories of the image that hold modules alone are mounted as such, not merged. */
const merges = (overlay: string) =>
  planMerges(overlay).map((merge) => ({
    ...merge,
    empty: holdsOnly(`${overlay}/${merge.name}`, "modules"),
  }));

/** Whether two descriptors are one file, so that what is written to them is in one order. */
function sameFile(a: number, b: number): boolean {
  try {
    const [one, other] = [fstatSync(a, { bigint: true }), fstatSync(b, { bigint: true })];
    return one.dev === other.dev && one.ino === other.ino && one.rdev === other.rdev;
  } catch {
    return false;
  }
}
