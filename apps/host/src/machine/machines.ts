import { formatVersion, hasFault } from "@vimto/qemu";
import type { Emit } from "../events.ts";
import { Failure } from "../failure.ts";
import { Machine } from "./machine.ts";
import { type MachineSpec, machineCommandLine } from "./spec.ts";

/** Starts machines and knows those that still run. */
export class Machines {
  readonly #binary: string;
  readonly #emit: Emit;
  readonly #places: (() => Promise<string>) | undefined;
  /** Each with a promise that resolves when it and its servers are gone. */
  readonly #running = new Map<Machine, Promise<void>>();
  readonly #starting = new Set<Promise<Machine>>();
  #over = false;

  /**
   * @param binary the path of QEMU
   * @param places where the code of guest init comes from, for sentences about its crashes
   */
  constructor(binary: string, emit: Emit, places?: () => Promise<string>) {
    this.#binary = binary;
    this.#emit = emit;
    this.#places = places;
  }

  /**
   * Rejects with Failure "interrupted" when all has been ended, and as Machine.start and startFileServers.
   *
   * @param files further descriptors for QEMU, from number FIRST_FILE on
   */
  async start(spec: MachineSpec, files: readonly number[] = []): Promise<Machine> {
    if (this.#over) throw new Failure("interrupted", "the run is over");
    const starting = this.#start(spec, files);
    this.#starting.add(starting);
    return await starting.finally(() => this.#starting.delete(starting));
  }

  async #start(spec: MachineSpec, files: readonly number[]): Promise<Machine> {
    const { fileServers = [] } = spec;
    const { arguments: words } = machineCommandLine(spec, files.length);
    // Loaded on demand: most machines have no servers.
    const servers =
      fileServers.length === 0
        ? undefined
        : await (await import("./file-servers.ts")).startFileServers(fileServers);
    const machine = await Machine.start({
      binary: this.#binary,
      arguments: words,
      files: [...files, ...(servers?.sockets ?? [])],
      onConsole: (line) => this.#emit({ kind: "console", line }),
      ...(this.#places && { places: this.#places }),
      staleCode: staleCode(spec),
    }).catch(async (error) => {
      await servers?.end();
      throw error;
    });
    servers?.attach(machine);
    const gone = machine
      .failure()
      .then(() => servers?.end())
      .finally(() => this.#running.delete(machine));
    this.#running.set(machine, gone);
    return machine;
  }

  /** The last lines of the consoles of those that still run. */
  tail(): readonly string[] {
    return [...this.#running.keys()].flatMap((machine) => machine.tail());
  }

  /** Ends whatever runs or is about to; resolves when it is gone, its servers with it. Nothing starts from then on. */
  async end(): Promise<void> {
    this.#over = true;
    await Promise.allSettled(this.#starting);
    await Promise.all(
      [...this.#running].map(([machine, gone]) => Promise.all([machine.end(), gone])),
    );
  }
}

const staleCode = (spec: MachineSpec): string | undefined =>
  spec.cpus > 1 && hasFault("staleCode", spec)
    ? `QEMU ${formatVersion(spec.version)} does this now and then to emulated machines with several processors, where the kernel changes its code; use QEMU 8.1 or newer, or --smp 1`
    : undefined;
