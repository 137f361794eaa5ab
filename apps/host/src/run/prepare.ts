import { randomBytes } from "node:crypto";
import { type SharingWay, waysOf } from "@vimto/kernel";
import { type Architecture, ownArchitecture } from "@vimto/linux";
import { chooseAccelerator, readAcceleratorFacts } from "@vimto/qemu";
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
import {
  type Environment,
  type HostFacts,
  hasModprobe,
  type SharedDirectory,
} from "../host/facts.ts";
import { findQemu, type Qemu } from "../host/qemu.ts";
import type { KernelImage } from "../kernels/image.ts";
import { resolveKernel } from "../kernels/resolve.ts";
import type { LocatedKernel } from "../kernels/source.ts";
import { stepText } from "../report/step-text.ts";
import { belowMachine, beyondHost, beyondKernel } from "../settings/beyond-host.ts";
import type { Settings } from "../settings/settings.ts";
import { resolveUser } from "../settings/user.ts";
import type { RunRequest } from "./request.ts";
import {
  crowdedShares,
  fileServer,
  plugsIn,
  sharingWish,
  virtiofsTransport,
  whyNotServed,
} from "./virtiofs.ts";

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
  const search = { cache, environment: host.environment, cwd: settings.cwd, uid: host.caller.uid };
  const auto = settings.fs === "auto";
  const unserved = whyNotServed(shares);
  const [server, qemu, facts] = await Promise.all([
    settings.fs === "9p" || (auto && !plugsIn(architecture))
      ? undefined
      : (unserved ?? fileServer({ ...search, readOnly, settles: auto })),
    findQemu(cache, architecture, host.environment, settings.cwd),
    readAcceleratorFacts({ environment: host.environment }),
  ]);
  const crowded = crowdedShares(server, shares);
  const { wish, unfit } = sharingWish(settings.fs, architecture, server, crowded);
  const kernel = await resolveKernel(located, architecture, cache, host.environment.PATH, {
    fs: wish,
    network: settings.net !== "none",
  });
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
    // A share in a store or around it replaces the store.
    .filter((store) =>
      shares.every(({ path }) => !isWithin(path, store) && !isWithin(store, path)),
    );
  const { sharing } = kernel;
  const virtiofs = waysOf(sharing).includes("virtiofs")
    ? await virtiofsTransport(
        kernel,
        sharing.layers === "virtiofs"
          ? (unserved ?? (await fileServer({ ...search, readOnly: true })))
          : server,
        crowded,
      )
    : share9p;
  const transports: Record<SharingWay, ShareTransport> = { "9p": share9p, virtiofs };
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
      transports: { layers: transports[sharing.layers], shares: transports[sharing.shares] },
      capabilities,
      merged: streams.merged,
      terminal: streams.terminal?.plan,
      shellOnFailure: settings.shellOnFailure,
      closed: streams.closed,
    }),
    details: [
      ...beyondHost(settings, host.size),
      ...(unfit === undefined ? [] : [`shares are not over virtiofs: ${unfit}`]),
    ],
    warnings: [
      ...unshared,
      ...beyondKernel(settings, kernel),
      ...(await proxyHints(settings, host.environment)),
      // Only a start of QEMU shows whether KVM works; a failure there has a sentence of its own.
      ...(warning === undefined || accelerator === "kvm" ? [] : [warning]),
      ...host.closed.map(
        ({ path }) =>
          `you may search and not list the directory ${JSON.stringify(path)}; of what is in it, the guest has the shares alone`,
      ),
    ],
  };
}

/** For a guest that can reach the host's loopback, though not as 127.0.0.1. */
async function proxyHints({ net }: Settings, environment: Environment): Promise<string[]> {
  if (net !== "user") return [];
  const [{ GATEWAY, GATEWAY6 }, { proxyHint }] = await Promise.all([
    import("../capabilities/network/network.ts"),
    import("../capabilities/network/proxy-hint.ts"),
  ]);
  const hint = proxyHint(environment, GATEWAY, GATEWAY6);
  return hint === undefined ? [] : [hint];
}

/** Loaded on demand. */
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
