import { randomBytes } from "node:crypto";
import { type SharingWay, waysOf } from "@vimto/kernel";
import { type Architecture, ownArchitecture, RLIMIT_NOFILE } from "@vimto/linux";
import { chooseAccelerator, readAcceleratorFacts } from "@vimto/qemu";
import type { Cache } from "../cache/cache.ts";
import type { Capability } from "../capabilities/capability.ts";
import {
  containerStorage,
  containerStores,
} from "../capabilities/container-storage/container-storage.ts";
import { cores } from "../capabilities/cores/cores.ts";
import { gdb } from "../capabilities/gdb/gdb.ts";
import { modprobe } from "../capabilities/modprobe/modprobe.ts";
import { type DeviceGroups, deviceGroups } from "../capabilities/running-system/device-nodes.ts";
import { runningSystem } from "../capabilities/running-system/running-system.ts";
import { share9p } from "../capabilities/share-9p/share-9p.ts";
import type { ShareTransport } from "../capabilities/share-transport.ts";
import { Failure } from "../failure.ts";
import { type BootPlan, planBoot } from "../guest/boot.ts";
import { isWithin } from "../guest/paths.ts";
import { planRun, type RunPlan } from "../guest/plan.ts";
import { overlayDirectories, READY } from "../guest/root.ts";
import { planShares } from "../guest/shares.ts";
import { type HostFacts, hasModprobe, type SharedDirectory } from "../host/facts.ts";
import { findQemu, type Qemu } from "../host/qemu.ts";
import type { Virtiofsd } from "../host/virtiofsd.ts";
import type { KernelImage } from "../kernels/image.ts";
import { resolveKernel } from "../kernels/resolve.ts";
import type { LocatedKernel } from "../kernels/source.ts";
import { stepText } from "../report/step-text.ts";
import { belowMachine, beyondHost, beyondKernel } from "../settings/beyond-host.ts";
import type { Settings } from "../settings/settings.ts";
import { resolveUser } from "../settings/user.ts";
import type { RunRequest } from "./request.ts";

/** Everything about a run that is decided before a machine is started. */
export type Prepared = {
  readonly qemu: Qemu;
  readonly architecture: Architecture;
  readonly accelerator: "kvm" | "tcg";
  readonly kernel: KernelImage;
  readonly shares: readonly SharedDirectory[];
  readonly capabilities: readonly Capability[];
  readonly boot: BootPlan;
  readonly plan: RunPlan;
  /** Whole sentences. */
  readonly warnings: readonly string[];
  readonly details: readonly string[];
};

export const architectureOf = (arch: Settings["arch"]): Architecture =>
  arch === "arm64" ? "aarch64" : "x86_64";

/** From a kernel on this machine to plans. Starts nothing but QEMU's version query. */
export async function prepare(
  {
    settings,
    argv,
    host,
    cache,
    streams,
    programs,
  }: Omit<RunRequest, "signals" | "emit" | "kernel">,
  located: LocatedKernel,
): Promise<Prepared> {
  const architecture = architectureOf(settings.arch);
  const { shares, warnings: unshared } = planShares(host.asked, host.implied);
  const readOnly = shares.some((share) => share.readonly);
  const server =
    settings.fs === "9p" ? undefined : await fileServer(settings, host, cache, readOnly);
  const forShares =
    settings.fs === "auto" ? whyNotForShares(architecture, server, host) : undefined;
  const [kernel, qemu, facts] = await Promise.all([
    resolveKernel(located, architecture, cache, host.environment.PATH, {
      fs: forShares === undefined ? settings.fs : "9p first",
      network: settings.net !== "none",
    }),
    findQemu(cache, architecture, host.environment, settings.cwd),
    readAcceleratorFacts({ environment: host.environment }),
  ]);
  const { accelerator, warning } = chooseAccelerator(settings.accel, architecture, facts);
  // Measured where guests are emulated; under KVM, QEMU needs less.
  const small = accelerator === "tcg" ? belowMachine(host.size) : undefined;
  if (small !== undefined) throw new Failure("memory", small);
  const { user: name, sudo, setup, teardown, gdbPort } = settings;
  const user =
    name === undefined ? undefined : resolveUser(name, sudo ? "--sudo" : "--user", host.accounts);
  const root = resolveUser("0", "setup", host.accounts);
  const hooks = [...setup, ...teardown];
  const groups = Object.fromEntries(
    deviceGroups.map((group) => [group, host.accounts.systemGroup(group)?.gid]),
  ) as DeviceGroups;
  const stores = containerStores(["/", ...(kernel.overlay === undefined ? [] : [kernel.overlay])])
    // A share in it or around it is what the user wants there.
    .filter((store) =>
      shares.every(({ path }) => !isWithin(path, store) && !isWithin(store, path)),
    );
  const { sharing } = kernel;
  const virtiofs = waysOf(sharing).includes("virtiofs")
    ? await virtiofsTransport(
        kernel,
        sharing.layers === "virtiofs" ? await fileServer(settings, host, cache, true) : server,
      )
    : share9p;
  const transport = (way: SharingWay) => (way === "9p" ? share9p : virtiofs);
  const { upper } = overlayDirectories("root");
  const bringsModprobe = kernel.overlay !== undefined && hasModprobe(kernel.overlay);
  const capabilities = [
    runningSystem({
      nodes: kernel.nodes,
      groups,
      user: user ?? host.caller,
      run: `${READY}/run`,
      upper,
      sbin: host.sbin,
    }),
    ...((host.hasModprobe && architecture === ownArchitecture) || bringsModprobe
      ? []
      : [modprobe(await programs.modprobe(architecture), upper, host.sbin)]),
    containerStorage(stores),
    ...(gdbPort === undefined ? [] : [gdb(gdbPort)]),
    ...(settings.net === "none" ? [] : [await userNetwork(settings, host, upper)]),
    cores({
      id: randomBytes(4),
      cwd: settings.cwd,
      caller: host.caller.uid,
      users: [(user ?? host.caller).uid, ...hooks.map(() => root.uid)],
      program: argv[0] ?? "",
    }),
  ];
  return {
    qemu,
    architecture,
    accelerator,
    kernel,
    shares,
    capabilities,
    boot: planBoot(architecture, kernel.load, capabilities, stepText),
    plan: planRun({
      architecture,
      host,
      kernel,
      argv,
      cpus: Math.min(settings.cpus, kernel.cpus ?? settings.cpus),
      setup,
      teardown,
      user,
      root,
      shares,
      transports: { layers: transport(sharing.layers), shares: transport(sharing.shares) },
      capabilities,
      merged: streams.merged,
      terminal: streams.terminal?.plan,
      shellOnFailure: settings.shellOnFailure,
      closed: streams.closed,
    }),
    details: [
      ...beyondHost(settings, host.size),
      ...(forShares === undefined ? [] : [`shares are not over virtiofs: ${forShares}`]),
    ],
    warnings: [
      ...unshared,
      ...beyondKernel(settings, kernel),
      // Whether KVM works shows when it is used: one fault, one sentence.
      ...(warning === undefined || accelerator === "kvm" ? [] : [warning]),
      ...host.closed.map(
        ({ path }) =>
          `you may search and not list the directory ${JSON.stringify(path)}; of what is in it, the guest has the shares alone`,
      ),
    ],
  };
}

/** Loaded where it is wanted. */
async function userNetwork(
  { net, forwards }: Settings,
  { hostname }: HostFacts,
  upper: string,
): Promise<Capability> {
  const [{ network }, { readNetworkFiles }] = await Promise.all([
    import("../capabilities/network/network.ts"),
    import("../capabilities/network/files.ts"),
  ]);
  const restrict = net === "user,restrict";
  return network({ restrict, forwards, hostname, files: readNetworkFiles(), upper });
}

/** A virtiofsd that starts, or the Failure that says why there is none. */
type FileServerFound = Virtiofsd | Failure;

/** Loaded where it may be needed. */
async function fileServer(
  settings: Settings,
  { environment, caller }: HostFacts,
  cache: Cache,
  readOnly: boolean,
): Promise<FileServerFound> {
  const [{ findVirtiofsd }, { whyNotStarted }] = await Promise.all([
    import("../host/virtiofsd.ts"),
    import("../capabilities/share-virtiofs/start-probe.ts"),
  ]);
  try {
    return await findVirtiofsd({
      cache,
      environment,
      cwd: settings.cwd,
      uid: caller.uid,
      readOnly,
      whyNotStarted: (found) => whyNotStarted(found, cache.emptyDirectory()),
    });
  } catch (error) {
    if (error instanceof Failure && error.code === "file-server") return error;
    throw error;
  }
}

/** Why shares stay with 9p where the user leaves the choice; undefined where virtiofs can have them. */
export function whyNotForShares(
  architecture: Architecture,
  server: FileServerFound | undefined,
  { trackedFiles, limits }: Pick<HostFacts, "trackedFiles" | "limits">,
): string | undefined {
  if (server instanceof Failure) return server.message;
  const open = limits.find(({ resource }) => resource === RLIMIT_NOFILE)?.hard;
  // It holds a descriptor for each file that the guest knows, and a tree has directories and untracked files too.
  if (server?.fileHandles !== "prefer" && open !== undefined && 2 * trackedFiles > open)
    return `git keeps ${trackedFiles} files here, and virtiofsd may have ${open} open; raise the limit of open files (ulimit -Hn)`;
  // Its clones would be fresh boots.
  return architecture === "x86_64" ? undefined : "virtiofs is plugged into machines of amd64 alone";
}

/** Throws Failure "file-server", which says why it is needed. */
async function virtiofsTransport(
  { text, release, sharing }: KernelImage,
  server: FileServerFound | undefined,
): Promise<ShareTransport> {
  const { shareVirtiofs } = await import("../capabilities/share-virtiofs/share-virtiofs.ts");
  const wayOut = sharing.layers === "virtiofs" ? "a kernel with 9p" : "--fs 9p";
  if (server === undefined) throw new Error("virtiofs without a server that was looked for");
  if (!(server instanceof Failure)) return shareVirtiofs(server, wayOut);
  const why =
    sharing.layers === "virtiofs"
      ? `kernel ${JSON.stringify(text)} (${release}) was built without 9p and has its files over virtiofs, but`
      : "--fs virtiofs cannot be used:";
  throw new Failure("file-server", `${why} ${server.message}; ${wayOut} does without it`, {
    cause: server,
  });
}
