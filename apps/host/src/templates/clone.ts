import { statfsSync, statSync } from "node:fs";
import { loadState, loadUri, pause, resume, savedMarker, saveState, saveUri } from "@vimto/qemu";
import { Failure } from "../failure.ts";
import { planBoot } from "../guest/boot.ts";
import { MOMENTS } from "../guest/script.ts";
import { FIRST_FILE } from "../machine/descriptors.ts";
import { type Initramfs, initramfs } from "../machine/initramfs.ts";
import { Machine } from "../machine/machine.ts";
import {
  type MachineInputs,
  machineCommandLine,
  machineMemoryMiB,
  slotCount,
} from "../machine/spec.ts";
import type { Reporter } from "../report/reporter.ts";
import type { Prepared } from "../run/prepare.ts";
import { awaitHello } from "../session/hello.ts";
import type { Settings } from "../settings/index.ts";
import { kernelToResume } from "./boot-stub.ts";
import { clockAhead } from "./guest-clock.ts";
import {
  cannotKeep,
  draftTemplate,
  dropTemplate,
  openTemplate,
  type Template,
  type TemplateFiles,
  templateKey,
} from "./store.ts";

const FILES = { memory: FIRST_FILE, state: FIRST_FILE + 1 } as const;
/** A QEMU that has not saved or loaded the state of devices after so long never will. */
const STATE_LIMIT_MS = 30_000;
/** Room that a template leaves on the cache's file system, its own state included. */
const SPARE_MIB = 16;
const memoryPath = `/proc/self/fd/${FILES.memory}`;

/** Everything that machines of one run have in common. */
export type Launch = {
  readonly prepared: Prepared;
  readonly archive: Initramfs;
  readonly inputs: MachineInputs;
  readonly reporter: Reporter;
  /** Ends whatever machine was started and still runs. */
  endMachines(): Promise<void>;
};

const machines = new Set<Machine>();

/** Makes the artefacts of a run. Errors: those of `initramfs` and of the command line. */
export async function plannedLaunch(
  settings: Settings,
  prepared: Prepared,
  reporter: Reporter,
): Promise<Launch> {
  const { cache, image, architecture, accelerator, shares } = prepared;
  const archive = await initramfs(cache, planBoot(architecture, image.load));
  reporter.moment("initramfs ready");
  const inputs: MachineInputs = {
    architecture,
    accelerator,
    cpus: settings.cpus,
    smpText: settings.smpText,
    memoryMiB: machineMemoryMiB(settings.memoryBytes, statSync(archive.path).size),
    image: {
      boot: image.boot,
      overlay: image.overlay,
      modules: image.modules && {
        directory: image.modules.directory,
        index: image.modules.index && cache.emptyDirectory(),
      },
    },
    initramfs: archive.path,
    shares,
    append: settings.append,
    gdbPort: settings.gdbPort,
  };
  const endMachines = async () => {
    await Promise.all([...machines].map((machine) => machine.end()));
  };
  return { prepared, archive, inputs, reporter, endMachines };
}

async function boot(
  { prepared, reporter }: Launch,
  inputs: MachineInputs,
  files: readonly number[] = [],
): Promise<Machine> {
  const machine = await Machine.start({
    binary: prepared.qemu.path,
    arguments: machineCommandLine(inputs).arguments,
    files,
    onConsole: (line) => reporter.console(line),
  });
  machines.add(machine);
  machine.failure().finally(() => machines.delete(machine));
  return machine;
}

/** The same with the index of the kernel's modules, which nothing before a run's own machine waits for. */
export async function withModuleIndex(
  { prepared }: Launch,
  inputs: MachineInputs,
): Promise<MachineInputs> {
  const { modules } = inputs.image;
  const index = await prepared.image.modules?.index;
  if (modules === undefined || index === undefined) return inputs;
  return { ...inputs, image: { ...inputs.image, modules: { ...modules, index } } };
}

/** A machine that boots; it says hello when it is up. */
export const bootFresh = async (launch: Launch): Promise<Machine> =>
  boot(launch, await withModuleIndex(launch, launch.inputs));

/**
 * A machine that resumes from a template, which is made first if there is none yet; undefined, with a
 * word to the reporter, when that is not possible and a fresh boot is.
 */
export async function resumeClone(launch: Launch): Promise<Clone | undefined> {
  const { cache } = launch.prepared;
  let key: string | undefined;
  try {
    const slotted = withSlots(launch);
    const name = slottedKey(launch, slotted);
    key = name;
    const template = openTemplate(cache, name) ?? (await makeTemplate(launch, slotted, name));
    return {
      ...(await clone(launch, slotted, template)),
      drop: () => dropTemplate(cache, name),
    };
  } catch (error) {
    const resumes = !(error instanceof TemplateError);
    if (resumes && (!cannotKeep(error) || failsFreshToo(error))) throw error;
    if (!resumes && key !== undefined) dropTemplate(cache, key);
    const reason = resumes ? error : error.cause;
    launch.reporter.moment(
      `no template: ${reason instanceof Error ? reason.message : String(reason)}; booting`,
    );
    return undefined;
  }
}

const slottedKey = ({ prepared, archive }: Launch, slotted: MachineInputs): string =>
  templateKey(prepared.qemu, prepared.image.files.image, archive.key, keyArguments(slotted));

/** A kernel that fails by itself does so without a template too. */
const failsFreshToo = (error: unknown): boolean =>
  error instanceof Failure && ["panic", "guest-init", "powered-off"].includes(error.code);

export type Clone = {
  readonly machine: Machine;
  /** How many milliseconds the guest's clock is behind the host's. */
  readonly clockBehindMs: number;
  /** Takes the template away because its clone failed. */
  drop(): void;
};

/** A template that was there, or was just made, and does not resume. */
class TemplateError extends Error {}

function withSlots({ prepared, inputs }: Launch): MachineInputs {
  const empty = prepared.cache.emptyDirectory();
  return { ...inputs, slots: { count: slotCount(inputs.shares.length), empty } };
}

/** QEMU's arguments without what may differ between a template and its clones. */
function keyArguments(inputs: MachineInputs): readonly string[] {
  const { image, slots } = inputs;
  const place = (directory: string | undefined) => directory && "/";
  const modules = image.modules && {
    directory: "/",
    index: place(image.modules.index),
  };
  return machineCommandLine({
    ...inputs,
    image: { boot: "/", overlay: place(image.overlay), modules },
    shares: [],
    slots: { count: slots?.count ?? 0, empty: "/" },
    memoryFile: { path: memoryPath, share: false },
    initramfs: undefined,
  }).arguments;
}

/** Boots a machine up to hello, saves it and opens it again; another process may do that instead. */
async function makeTemplate(launch: Launch, inputs: MachineInputs, key: string): Promise<Template> {
  const { cache } = launch.prepared;
  const unlock = await cache.lock(`templates/${key}`);
  if (unlock === undefined)
    throw new Failure("cache", "another process that makes the same one does not get on");
  try {
    const made = openTemplate(cache, key);
    if (made !== undefined) return made;
    demandRoom(cache.directory, inputs.memoryMiB);
    const draft = draftTemplate(cache, key);
    try {
      const clock = await save(launch, inputs, draft);
      draft.publish(describe(launch), clock);
    } finally {
      draft.discard();
    }
    launch.reporter.moment("template saved");
    const saved = openTemplate(cache, key);
    if (saved === undefined) throw new Failure("cache", "what was saved is not in the cache");
    return saved;
  } finally {
    unlock();
  }
}

/** QEMU dies of SIGBUS when a page of the machine's memory finds no room (mmap(2)). */
function demandRoom(directory: string, memoryMiB: number): void {
  const { bavail, bsize } = statfsSync(directory);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  if (free >= memoryMiB + SPARE_MIB) return;
  throw new Failure(
    "cache",
    `it takes ${memoryMiB + SPARE_MIB} MiB, and the cache has room for ${free}`,
  );
}

/** What machine a template is, for `vimto cache`. */
function describe({ prepared, inputs }: Launch): string {
  const cpus = inputs.cpus === 1 ? "1 CPU" : `${inputs.cpus} CPUs`;
  return `${prepared.image.files.release}, ${cpus}, ${inputs.memoryMiB} MiB, ${inputs.accelerator}`;
}

/** Resolves to the clock of the guest as it was stopped. */
async function save(launch: Launch, inputs: MachineInputs, files: TemplateFiles): Promise<number> {
  // Nothing of this run: its shares are bound by the clones.
  const machine = await boot(
    launch,
    { ...inputs, shares: [], memoryFile: { path: memoryPath, share: true } },
    [files.memory, files.state],
  );
  const failure = machine.failure().then((reason) => Promise.reject(reason));
  failure.catch(() => {});
  let limit: ReturnType<typeof setTimeout> | undefined;
  try {
    const moment = (index: number, ns: bigint) =>
      launch.reporter.guestMoment(MOMENTS[index] ?? "", Number(ns) / 1e6);
    await Promise.race([awaitHello(machine, moment), failure]);
    launch.reporter.moment("guest is up");
    limit = setTimeout(() => machine.end(), STATE_LIMIT_MS);
    const qmp = await machine.qmp;
    return await Promise.race([
      (async () => {
        const ahead = await clockAhead(machine);
        const paused = await pause(qmp);
        await saveState(qmp, saveUri(FILES.state));
        await machine.said(savedMarker);
        return paused + ahead;
      })(),
      failure,
    ]);
  } finally {
    clearTimeout(limit);
    await machine.end();
  }
}

async function clone(
  launch: Launch,
  inputs: MachineInputs,
  template: Template,
): Promise<Omit<Clone, "drop">> {
  const boots = await kernelToResume(launch.prepared.cache, inputs.image.boot);
  const indexed = await withModuleIndex(launch, inputs);
  const machine = await boot(
    launch,
    {
      ...indexed,
      image: { ...indexed.image, boot: boots },
      initramfs: undefined,
      memoryFile: { path: memoryPath, share: false },
      incoming: true,
    },
    [template.memory, template.state],
  );
  launch.reporter.moment("QEMU started");
  const limit = setTimeout(() => machine.end(), STATE_LIMIT_MS);
  try {
    const qmp = await machine.qmp;
    await loadState(qmp, loadUri(launch.prepared.qemu.version, FILES.state));
    launch.reporter.moment("state loaded");
    const resumed = await resume(qmp);
    launch.reporter.moment("resumed");
    return { machine, clockBehindMs: resumed - template.clock };
  } catch (error) {
    await machine.end();
    throw new TemplateError("the template does not resume", { cause: error });
  } finally {
    clearTimeout(limit);
  }
}
