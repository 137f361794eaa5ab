import { closeSync } from "node:fs";
import type { Machine } from "../machine/machine.ts";
import type { Machines } from "../machine/machines.ts";
import type { MachineSpec } from "../machine/spec.ts";
import { memoryFile } from "../system/libc.ts";
import { copySparse, fileLike } from "../system/sparse-copy.ts";
import type { Template } from "./store.ts";
import { memoryPath } from "./template.ts";

/**
 * Starts a machine that shares its memory with servers, so it needs a copy of the template's: one in memory,
 * which is gone with the machine. QEMU does not touch it before it is told to load the state (hw/core/loader.c,
 * rom_reset), so the copy is made while it starts. A reflink to an unlinked file would cost nothing here and
 * later: the host would write what the guest writes to its disk.
 */
export async function startShared(
  machines: Machines,
  spec: MachineSpec,
  { memory, state }: Template,
): Promise<Machine> {
  const copy = memoryFile("vimto-memory");
  try {
    fileLike(copy, memory);
    const machine = await machines.start(
      { ...spec, memoryFile: { path: memoryPath, share: true } },
      [copy, state],
    );
    try {
      copySparse(memory, copy);
    } catch (error) {
      await machine.end();
      throw error;
    }
    return machine;
  } finally {
    closeSync(copy);
  }
}
