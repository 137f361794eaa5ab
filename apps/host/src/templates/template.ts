import type { Cache } from "../cache/cache.ts";
import type { Emit } from "../events.ts";
import type { Machines } from "../machine/machines.ts";
import { FIRST_FILE, type MachineSpec } from "../machine/spec.ts";
import type { KeyInputs } from "./key.ts";

/** A template to be found or made, and resumed. */
export type TemplateInputs = KeyInputs & {
  readonly cache: Cache;
  readonly machines: Machines;
  /** The machine as a template has it: nothing in it belongs to a run. */
  readonly spec: MachineSpec;
  /** A description of the machine, for people. */
  readonly about: string;
  readonly emit: Emit;
};

/** The descriptors of a template's two files in QEMU. */
export const FILES = { memory: FIRST_FILE, state: FIRST_FILE + 1 } as const;
export const memoryPath = `/proc/self/fd/${FILES.memory}`;

/** A QEMU that has not saved or loaded the state of devices after so long never will. */
export const STATE_LIMIT_MS = 30_000;
