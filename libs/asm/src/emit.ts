import type { Architecture } from "@vimto/linux";
import { aarch64 } from "./aarch64.ts";
import { assemble } from "./assembler.ts";
import { dataAddress, ENTRY, elf } from "./elf.ts";
import type { Address, Program } from "./program.ts";
import { x86_64 } from "./x86-64.ts";

const emitters = { x86_64, aarch64 };

export type Executable = {
  readonly bytes: Uint8Array;
  /** The place in the running program's memory of the builder's `address`. */
  addressOf(address: Address): number;
  /** The addresses of the code, in order, with the lines that they come from; for programs with places. */
  readonly places: readonly { readonly address: number; readonly place: string }[];
};

/** A static executable for Linux on `arch`; the same program gives the same bytes every time. */
export function emit(program: Program, arch: Architecture): Executable {
  const size = assemble(program, emitters[arch], 0).code.length;
  const data = dataAddress(size);
  const { code, offsets } = assemble(program, emitters[arch], data);
  return {
    bytes: elf(arch, code, program.data, program.memory),
    addressOf: (address) => data + address.offset,
    places: program.places.map((place, index) => ({
      address: ENTRY + (offsets[index] ?? 0),
      place,
    })),
  };
}

/** The machine code of `program` alone, for a data segment of `program.memory` bytes at `data`. */
export function emitCode(program: Program, arch: Architecture, data: number): Uint8Array {
  return assemble(program, emitters[arch], data).code;
}
