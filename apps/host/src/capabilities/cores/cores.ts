import type { Capability } from "../capability.ts";
import { coreSentences } from "./files.ts";
import { corePrefix, coreSysctls } from "./pattern.ts";

export type CoreInputs = {
  /** Four random bytes that tell the cores of this run from all others. */
  readonly id: Uint8Array;
  /** Where the cores belong. */
  readonly cwd: string;
  /** The uid of the caller, which owns them. */
  readonly caller: number;
  /** The uids that commands of the run start as. */
  readonly users: readonly number[];
  /** argv[0] of the command. */
  readonly program: string;
};

/** Core dumps land in the working directory of the run and belong to the caller. */
export function cores({ id, cwd, caller, users, program }: CoreInputs): Capability {
  const prefix = corePrefix(id);
  return {
    name: "cores",
    sysctls: coreSysctls(prefix, cwd, caller, users),
    template: "shared",
    afterwards: () => coreSentences(cwd, prefix, program),
  };
}
