import { existsSync } from "node:fs";
import { EACCES, ENOENT, ENOEXEC, ENOTDIR, errnoName } from "@vimto/linux";
import type { Script } from "@vimto/script";
import { Failure } from "../failure.ts";
import { CHANGE_DIRECTORY, EXECUTE } from "../guest/steps.ts";

export type CallFailure = { readonly call: number; readonly errno: number };

/** A failure that ended a script, in words; undefined for one after which it went on. */
export function stepFailure(
  script: Script,
  failure: CallFailure,
  cwd: string,
): Failure | undefined {
  if (!script.stopsAt(failure.call)) return undefined;
  const step = script.step(failure.call);
  const why = errnoName(failure.errno);
  if (step === CHANGE_DIRECTORY)
    return new Failure(
      "start",
      `the working directory ${JSON.stringify(cwd)} cannot be entered in the guest (${why})${
        why === "EACCES" ? ": let the user of the command search it and what is above it" : ""
      }`,
    );
  return new Failure(
    "start",
    `the guest cannot ${step} (${why}); --verbose shows the kernel's messages`,
  );
}

/** What a shell says and exits with when a command cannot be executed. */
export type NotExecuted = { readonly status: 126 | 127; readonly sentence: string };

/** Tells a command that could not be executed from one that ran; `failures` in order. */
export function notExecuted(
  script: Script,
  failures: readonly CallFailure[],
  program: string,
): NotExecuted | undefined {
  const calls = script.steps.flatMap((step, index) => (step === EXECUTE ? [index] : []));
  // Each candidate has a second call, for files without "#!", that only follows ENOEXEC.
  const last = failures.find(({ call }) => call === calls.at(-2));
  if (last === undefined) return undefined;
  const asScript = failures.some(({ call }) => call === calls.at(-1));
  if (last.errno === ENOEXEC && !asScript) return undefined;
  const errnos = failures.filter(({ call }) => calls.includes(call)).map(({ errno }) => errno);
  const found = errnos.filter((errno) => errno !== ENOENT && errno !== ENOTDIR);
  const [reason] = found;
  if (reason === undefined) return { status: 127, sentence: notFound(program) };
  return { status: 126, sentence: `the command ${JSON.stringify(program)} ${refusal(reason)}` };
}

/** The kernel says ENOENT for a script too whose interpreter is missing (execve(2)). */
function notFound(program: string): string {
  const name = JSON.stringify(program);
  if (!program.includes("/")) {
    const slip = program.startsWith("-") ? "; options of vimto stand before exec" : "";
    return `the command ${name} was not found in PATH${slip}`;
  }
  return existsSync(program)
    ? `the command ${name} is there, but the interpreter or loader that it names is not`
    : `the command ${name} does not exist`;
}

function refusal(errno: number): string {
  if (errno === EACCES) return "is not an executable file, or may not be executed";
  return `cannot be executed: ${errnoName(errno)}`;
}
