import { statfsSync } from "node:fs";
import {
  networkObstacle,
  networkRequirement,
  obstacles,
  requirements,
  type SharingWay,
  type SharingWish,
  sharingOf,
  virtiofsRequirement,
  waysOf,
} from "@vimto/kernel";
import type { Architecture } from "@vimto/linux";
import {
  type AcceleratorFacts,
  chooseAccelerator,
  formatVersion,
  hasUserNetwork,
  readAcceleratorFacts,
} from "@vimto/qemu";
import { Failure } from "../../failure.ts";
import { findGitRoot } from "../../host/git-root.ts";
import { findQemu } from "../../host/qemu.ts";
import type { Virtiofsd } from "../../host/virtiofsd.ts";
import { type FoundKernel, readKernel } from "../../kernels/resolve.ts";
import { type Check, doctorText, reasons, type Section } from "../../report/doctor-text.ts";
import { print } from "../../report/print.ts";
import { sentence } from "../../report/status.ts";
import { blueprint } from "../../run/blueprint.ts";
import { architectureOf, prepare } from "../../run/prepare.ts";
import { crowdedShares, fileServer, sharingWish } from "../../run/virtiofs.ts";
import { beyondHost } from "../../settings/beyond-host.ts";
import { showSize } from "../../settings/memory.ts";
import type { Settings } from "../../settings/settings.ts";
import { type CliCommand, takeWord } from "../command.ts";
import { type Context, kernelSource, runRequest } from "../context.ts";
import { processSignals } from "../process.ts";
import { fetched } from "./fetched.ts";

/** An unpacked kernel, an initramfs and a template, with some room. */
const SPACE_WANTED = 1 << 30;
/** For an initramfs and small files; without room for a template, a run boots. */
const SPACE_NEEDED = 1 << 25;

/** Says what this host and the kernel have and lack; the status is 0 when a run would work. */
async function examine(context: Context): Promise<number> {
  const { settings, environment, cache, reporter } = context;
  for (const warning of settings.warnings) reporter.notice(warning);
  const architecture = architectureOf(settings.arch);
  const facts = await readAcceleratorFacts({ environment });
  const uid = process.geteuid?.() ?? 0;
  const find = (readOnly: boolean) =>
    fileServer({ cache, environment, cwd: settings.cwd, uid, readOnly, startAgain: true }).catch(
      (error: unknown) => {
        if (error instanceof Failure) return error;
        throw error;
      },
    );
  const server = await find(settings.shares.some(({ readonly }) => readonly));
  const own = { path: findGitRoot(settings.cwd) ?? settings.cwd };
  const crowded = crowdedShares(server, [own, ...settings.shares]);
  const { wish } = sharingWish(settings.fs, architecture, server, crowded);
  const kernel = await kernelSection(context, architecture, wish);
  const host = [
    ...(await qemuChecks(context, architecture)),
    ...accelerationChecks(settings.accel, architecture, facts),
    ...(await cacheChecks(context)),
    virtiofsdCheck(kernel.layers ? await find(true) : server, kernel.virtiofs),
    ...beyondHost(settings, context.size).map(
      (what): Check => ({ name: "size", state: "slow", what }),
    ),
  ];
  const sections = [{ title: "This host", checks: host }, kernel];
  print(doctorText(sections));
  return reasons(sections) > 0 ? 1 : 0;
}

async function qemuChecks(
  { settings, cache, environment }: Context,
  architecture: Architecture,
): Promise<Check[]> {
  try {
    const { path, version } = await findQemu(cache, architecture, environment, settings.cwd);
    return [
      { name: "QEMU", state: "ok", what: `${formatVersion(version)} (${path})` },
      networkCheck(await hasUserNetwork(path), settings.net),
    ];
  } catch (error) {
    return [failed("QEMU", error)];
  }
}

/** Whether QEMU can give guests a network; a lack only for a run that wants one. */
function networkCheck(there: boolean, net: Settings["net"]): Check {
  const name = "user network";
  if (there) return { name, state: "ok", what: "this QEMU has it, for --net user" };
  const what = "this QEMU was built without user networking (libslirp)";
  return net === "none"
    ? { name, state: "absent", what: `${what}, which --net user needs; use one that has it` }
    : { name, state: "lacks", what: `${what}; use one that has it, or leave out --net` };
}

/** An unusable cache is a lack of its own; whatever needs it is unknown. */
const failed = (name: string, error: unknown): Check =>
  error instanceof Failure && error.code === "cache"
    ? { name, state: "unknown", what: "not looked at, because the cache cannot be used" }
    : { name, state: "lacks", what: sentence(error) };

/** How fast guests run; a lack only when KVM was asked for. */
export function accelerationChecks(
  accel: Settings["accel"],
  architecture: Architecture,
  facts: AcceleratorFacts,
): Check[] {
  const name = "KVM";
  try {
    const { accelerator, reason } = chooseAccelerator(accel, architecture, facts);
    if (accelerator === "kvm") return [{ name, state: "ok", what: reason }];
    return [{ name, state: "slow", what: `not used, guests are emulated: ${why(reason)}` }];
  } catch (error) {
    return [{ name, state: "lacks", what: sentence(error) }];
  }

  /** The reason, with the remedy that --accel kvm would print. */
  function why(reason: string): string {
    if (accel !== "auto" || facts.disableKvm === "true") return reason;
    try {
      chooseAccelerator("kvm", architecture, facts);
      return reason;
    } catch (error) {
      return sentence(error).replace(/^KVM cannot be used: |, or use --accel tcg$/g, "");
    }
  }
}

async function cacheChecks(context: Context): Promise<Check[]> {
  const { cache } = context;
  try {
    (await cache.lock("doctor"))?.();
  } catch (error) {
    const what = sentence(error);
    if (await holdsAll(context))
      return [{ name: "cache", state: "slow", what: `${what}; it holds what this run needs` }];
    return [{ name: "cache", state: "lacks", what }];
  }
  const { bavail, bsize } = statfsSync(cache.directory);
  const free = bavail * bsize;
  return [{ name: "cache", state: "ok", what: cache.directory }, spaceCheck(free)];
}

/** Whether a run with this kernel finds everything in a cache that cannot be written. */
async function holdsAll(context: Context): Promise<boolean> {
  try {
    const request = runRequest(context, []);
    const located = await fetched({
      kernel: request.kernel,
      signals: processSignals,
      emit: () => {},
    });
    await blueprint(await prepare(request, located), request);
    return true;
  } catch {
    return false;
  }
}

export function spaceCheck(free: number): Check {
  const name = "free space";
  const what = `${showSize(mebibytes(free))} beside the cache`;
  if (free >= SPACE_WANTED) return { name, state: "ok", what };
  return {
    name,
    state: free >= SPACE_NEEDED ? "slow" : "lacks",
    what: `${what}, of ${showSize(SPACE_WANTED)}; make room there, or set XDG_CACHE_HOME to another file system`,
  };
}

const mebibytes = (bytes: number) => bytes - (bytes % (1 << 20));

/**
 * What a kernel, with these settings, needs virtiofs for: everything, as it has no other transport; its shares;
 * or nothing.
 */
export type VirtiofsUse = "needed" | "used" | "unused";

export function virtiofsdCheck(server: Virtiofsd | Failure, use: VirtiofsUse): Check {
  const name = "virtiofsd";
  if (!(server instanceof Failure)) {
    const { version, path } = server;
    const note = use === "unused" ? "; not used: see --fs" : "";
    return { name, state: "ok", what: `${version} (${path})${note}` };
  }
  if (server.code === "cache") return failed(name, server);
  const what = sentence(server);
  return use === "needed"
    ? { name, state: "lacks", what }
    : { name, state: "absent", what: `files are shared over 9p: ${what}` };
}

async function kernelSection(
  context: Context,
  architecture: Architecture,
  wish: SharingWish,
): Promise<Section & { readonly virtiofs: VirtiofsUse; readonly layers: boolean }> {
  const { settings, cache, reporter } = context;
  const { kernel } = settings;
  const title = kernel === undefined ? "This host's own kernel" : `Kernel ${kernel.text}`;
  try {
    const located = await fetched({
      kernel: kernelSource(context),
      signals: processSignals,
      emit: reporter.event,
    }).finally(() => reporter.endProgress());
    const found = await readKernel(located, architecture, cache);
    const sharing = sharingOf(found.kernel, wish);
    const ways = waysOf(sharing);
    const needed = sharing.layers === "virtiofs" || settings.fs === "virtiofs";
    return {
      title,
      checks: kernelChecks(found, ways, settings.net),
      problems: [
        ...obstacles(found.kernel, "pci", ways),
        ...(settings.net === "none" ? [] : [networkObstacle(found.kernel) ?? []].flat()),
      ],
      virtiofs: needed ? "needed" : ways.includes("virtiofs") ? "used" : "unused",
      layers: sharing.layers === "virtiofs",
    };
  } catch (error) {
    return {
      title,
      checks: [failed("kernel", error)],
      virtiofs: settings.fs === "virtiofs" ? "needed" : "unused",
      layers: false,
    };
  }
}

/** What the kernel is, and each thing that vimto wants of it. */
function kernelChecks(
  { kernel, files, boot }: FoundKernel,
  ways: readonly SharingWay[],
  net: Settings["net"],
): Check[] {
  const { facts } = kernel;
  const around = facts.wrappings
    .map((wrapping) => ` in ${wrapping}`)
    .toReversed()
    .join("");
  const unpacked =
    boot === files.image ? "" : around === "" ? ", unpacked for a faster start" : ", unpacked";
  const checks: Check[] = [
    { name: "release", state: "ok", what: facts.release },
    { name: "image", state: "ok", what: `${files.image} (${facts.format}${around}${unpacked})` },
    files.modules === undefined
      ? { name: "modules", state: "absent", what: "none were found with it" }
      : { name: "modules", state: "ok", what: files.modules },
  ];
  for (const { name, option, state, level, module, purpose, lack } of [
    ...requirements(kernel),
    ...(ways.includes("virtiofs") ? [virtiofsRequirement(kernel)] : []),
    { ...networkRequirement(kernel), level: net === "none" ? "wanted" : "needed" } as const,
  ]) {
    const spare = level === "sharing" && name !== "virtiofs" && !ways.includes("9p");
    if (state === "missing")
      checks.push({
        name,
        state: level === "wanted" || spare ? "absent" : "lacks",
        what: spare
          ? `${option} is missing; files are shared over virtiofs`
          : `${option} is missing, which vimto ${purpose}; ${lack?.mend}`,
      });
    else
      checks.push({
        name,
        state: state === "unknown" ? "unknown" : "ok",
        what: state === "module" ? `module ${module} (${option})` : option,
      });
  }
  return checks;
}

export const doctor: CliCommand = {
  name: "doctor",
  usage: "",
  help: "what this host and the kernel have and lack",
  details: `Lists what this host has and lacks: QEMU, KVM, the cache, virtiofsd. With
--kernel it also looks into that kernel. The exit status is 0 when a run would
work.

  vimto doctor --kernel ./vmlinuz`,
  run: async ({ words, context }) => {
    takeWord("doctor", words, 0);
    return examine(await context());
  },
};
