import type { Emit } from "../events.ts";
import { Machine } from "./machine.ts";
import { type MachineSpec, machineCommandLine } from "./spec.ts";

/** Starts machines and knows those that still run. */
export class Machines {
  readonly #binary: string;
  readonly #emit: Emit;
  readonly #places: (() => Promise<string>) | undefined;
  readonly #running = new Set<Machine>();

  /**
   * @param binary the path of QEMU
   * @param places where the code of guest init comes from, for sentences about its crashes
   */
  constructor(binary: string, emit: Emit, places?: () => Promise<string>) {
    this.#binary = binary;
    this.#emit = emit;
    this.#places = places;
  }

  /** @param files further descriptors for QEMU, from number FIRST_FILE on */
  async start(spec: MachineSpec, files: readonly number[] = []): Promise<Machine> {
    const { fileServers = [] } = spec;
    // Loaded where it is needed: most machines have none.
    const servers =
      fileServers.length === 0
        ? undefined
        : (await import("./file-servers.ts")).startFileServers(fileServers);
    const machine = await Machine.start({
      binary: this.#binary,
      arguments: machineCommandLine(spec, files.length).arguments,
      files: [...files, ...(servers?.sockets ?? [])],
      onConsole: (line) => this.#emit({ kind: "console", line }),
      ...(this.#places && { places: this.#places }),
    });
    servers?.attach(machine);
    this.#running.add(machine);
    machine.failure().finally(() => {
      servers?.kill();
      this.#running.delete(machine);
    });
    return machine;
  }

  /** The last lines of the consoles of those that still run. */
  tail(): readonly string[] {
    return [...this.#running].flatMap((machine) => machine.tail());
  }

  /** Ends whatever still runs; resolves when it is gone. */
  async end(): Promise<void> {
    await Promise.all([...this.#running].map((machine) => machine.end()));
  }
}
