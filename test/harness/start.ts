import { type RunOptions, vimto } from "./vimto.ts";
import { commandLine } from "./vm-test.ts";

/** How a run came to its machine: it resumed a template, made one and resumed it, or booted. */
export type Start = "clone" | "template" | "boot";

export interface Started {
  readonly start: Start;
  /** Why a run that could have been a clone is not one; empty when there is no reason. */
  readonly why: string;
  readonly status: number;
  readonly stdout: string;
}

/** Runs a shell command in a guest with --verbose, which says how it started. */
export async function startedBy(
  kernel: string,
  guest: string,
  options: RunOptions & { readonly flags?: readonly string[] } = {},
): Promise<Started> {
  const flags = ["--verbose", ...(options.flags ?? [])];
  const { status, stdout, stderr } = await vimto(commandLine(kernel, flags, guest), options);
  return { ...startIn(stderr), status, stdout: new TextDecoder().decode(stdout) };
}

/** The same of what another run with --verbose wrote to stderr. */
export function startIn(stderr: string): Pick<Started, "start" | "why"> {
  const said = (line: string) => new RegExp(`^vimto: +[0-9.]+ ms  ${line}$`, "m").exec(stderr);
  const resumed = said("resumed") !== null;
  const failed = said("(?:no template|the clone failed): (.*); booting");
  const start = !resumed || failed ? "boot" : said("template saved") ? "template" : "clone";
  return { start, why: failed?.[1] ?? "" };
}
