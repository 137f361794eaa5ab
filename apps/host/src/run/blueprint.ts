import { statSync } from "node:fs";
import type { Emit } from "../events.ts";
import { type Layers, layerShares, runShares, slotCount } from "../guest/tags.ts";
import type { HostLimits } from "../host/machine-size.ts";
import { type Initramfs, initramfs } from "../machine/initramfs.ts";
import type { Machines } from "../machine/machines.ts";
import { machineMemoryMiB } from "../machine/memory.ts";
import type { MachineSpec } from "../machine/spec.ts";
import type { Settings } from "../settings/settings.ts";
import type { TemplateInputs } from "../templates/template.ts";
import type { Prepared } from "./prepare.ts";
import type { RunRequest } from "./request.ts";

/** The machines of one run: its own and its template's. */
export type Blueprint = {
  /** A machine that boots with this run's shares; the index of its modules may be on its way. */
  readonly fresh: () => MachineSpec;
  /** The same with the devices of a template; waits for the index, as what is resumed is soon up. */
  readonly clone: () => Promise<MachineSpec>;
  readonly template: (machines: Machines, emit: Emit) => TemplateInputs;
};

/** Makes the initramfs and puts machines together. Errors: those of `initramfs`. */
export async function blueprint(
  prepared: Prepared,
  { settings, host, cache, programs }: Pick<RunRequest, "settings" | "host" | "cache" | "programs">,
): Promise<Blueprint> {
  const { kernel, qemu, shares, capabilities } = prepared;
  const archive = await initramfs(cache, prepared.boot, programs);
  const { transports } = prepared.plan.guest.root;
  const plugs = plugCount(prepared);
  const slots = plugs === undefined ? slotCount(shares.length) : 0;
  const empty = cache.emptyDirectory();
  const memoryMiB = machineMemoryMiB(settings.memoryBytes, statSync(archive.path).size);
  /** `behind` is the directory behind the shares of a template; without it, the machine is a run's. */
  const build = (
    layers: Layers | undefined,
    own: typeof shares,
    count: number,
    plugs?: number,
    behind?: string,
  ): MachineSpec => {
    const below = layers === undefined ? [] : layerShares(layers);
    const shared = runShares(own, count, behind ?? empty);
    const all = below.length + shared.length;
    // Devices that are plugged in take no place beside a template's layers.
    const places =
      plugs === undefined
        ? ([
            { first: 0, total: all },
            { first: below.length, total: all },
          ] as const)
        : ([
            { first: 0, total: below.length },
            { first: 0, total: shared.length },
          ] as const);
    const parts = [
      transports.layers.devices(below, places[0]),
      transports.shares.devices(shared, places[1]),
    ];
    return {
      overcommit: memoryMiB * 2 ** 20 > host.size.memoryBytes,
      codeCacheMiB: codeCacheMiB(host.size),
      architecture: prepared.architecture,
      accelerator: prepared.accelerator,
      version: qemu.version,
      cpus: settings.cpus,
      smpText: settings.smpText,
      memoryMiB,
      kernel: kernel.boot,
      initramfs: archive.path,
      append: settings.append,
      devices: [
        ...parts.flatMap(({ devices }) => devices),
        ...capabilities.flatMap(({ devices = [], runDevices = devices }) =>
          behind === undefined ? runDevices : devices,
        ),
      ],
      fileServers: parts.flatMap(({ fileServers }) => fileServers),
      plugs,
    };
  };
  const layers: Layers = {
    image: kernel.overlay,
    modules: kernel.modules?.directory,
    index: kernel.modules?.index?.directory,
  };
  /** A template has the same devices as its clones, with an empty directory behind them. */
  const templateSpec = (behind: string) => {
    const nothing: Layers = {
      image: kernel.overlay && behind,
      modules: kernel.modules && behind,
      index: kernel.modules?.index && behind,
    };
    const saved = transports.layers.late ? undefined : nothing;
    return build(saved, [], slots, plugs, behind);
  };
  return {
    fresh: () => build(layers, shares, 0),
    clone: async () => {
      await kernel.modules?.index?.ready;
      return build(layers, shares, slots, plugs);
    },
    template: (machines, emit) => ({
      qemu,
      kernel: kernel.files.image,
      initramfs: archive,
      spec: templateSpec(empty),
      keySpec: templateSpec("/"),
      cache,
      machines,
      about: describe(prepared, settings, archive),
      emit,
    }),
  };
}

/** A command's translated code soon fills more than a small machine's own memory. */
const codeCacheMiB = ({ memoryBytes, limited }: HostLimits): number | undefined =>
  limited && memoryBytes < SHORT.bytes ? SHORT.codeCacheMiB : undefined;

/** Half as much code makes python3 some 15 % slower; twice as much uses 40 MiB more. */
const SHORT = { bytes: 2 ** 30, codeCacheMiB: 32 } as const;

/** How many devices are plugged into a clone; undefined where its template has them all. */
function plugCount({
  kernel: { overlay, modules },
  shares,
  plan: { guest },
}: Pick<Prepared, "kernel" | "shares" | "plan">): number | undefined {
  const { transports } = guest.root;
  if (!transports.shares.late) return undefined;
  const layers = [true, overlay, modules, modules?.index].filter((part) => part !== undefined);
  return (transports.layers.late ? layers.length : 0) + shares.length;
}

/** What machine a template is, for `vimto cache`. */
function describe(
  { kernel, accelerator }: Prepared,
  { cpus, memoryBytes }: Settings,
  archive: Initramfs,
): string {
  const processors = cpus === 1 ? "1 CPU" : `${cpus} CPUs`;
  const memoryMiB = machineMemoryMiB(memoryBytes, statSync(archive.path).size);
  return `${kernel.release}, ${processors}, ${memoryMiB} MiB, ${accelerator}`;
}
