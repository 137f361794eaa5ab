import { initramfsContents } from "../../machine/initramfs.ts";
import { machineCommandLine } from "../../machine/spec.ts";
import { print } from "../../report/print.ts";
import { blueprint } from "../../run/blueprint.ts";
import { prepare } from "../../run/prepare.ts";
import { shellJoin, shellQuote } from "../../settings/words.ts";
import { type Context, runRequest } from "../context.ts";
import { fetched } from "./fetched.ts";

/**
 * Prints what a run of `argv` would start: QEMU's command line, the kernel's arguments and the files of the
 * initramfs, which is written to the cache so that the printed names are right. Boots nothing. A run that
 * resumes a template has other arguments for its memory and state.
 */
export async function dryRun(context: Context, argv: readonly string[]): Promise<number> {
  const { settings, reporter } = context;
  const request = runRequest(context, argv);
  const prepared = await prepare(request, await fetched(request));
  for (const warning of [...settings.warnings, ...prepared.warnings]) reporter.notice(warning);
  const { fresh } = await blueprint(prepared, request);
  const line = machineCommandLine(await fresh());
  print(
    dryRunText({
      qemu: [prepared.qemu.path, ...line.arguments],
      kernelArguments: line.kernelArguments,
      initramfs: await initramfsContents(prepared.boot, request.programs),
      command: argv,
    }),
  );
  return 0;
}

export type DryRun = {
  readonly qemu: readonly string[];
  readonly kernelArguments: string;
  /** One line per entry. */
  readonly initramfs: readonly string[];
  readonly command: readonly string[];
};

/** One part after the other, with its name in a comment; QEMU's options stand one a line. */
export function dryRunText({ qemu, kernelArguments, initramfs, command }: DryRun): string {
  return [
    "# QEMU",
    optionLines(qemu).join(" \\\n  "),
    "",
    "# kernel arguments",
    kernelArguments,
    "",
    "# initramfs",
    ...initramfs,
    "",
    "# command",
    shellJoin(command),
    "",
  ].join("\n");
}

/** The program, then each option with its value. */
function optionLines([program = "", ...words]: readonly string[]): string[] {
  const lines = [shellQuote(program)];
  let open = false;
  for (const word of words) {
    if (open && !word.startsWith("-")) lines.push(`${lines.pop()} ${shellQuote(word)}`);
    else lines.push(shellQuote(word));
    open = word.startsWith("-");
  }
  return lines;
}
