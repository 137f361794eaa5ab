import { ENOENT, ENOEXEC, ENOTDIR } from "@vimto/linux";
import { type GuestScript, type Step, type StepId, stepId } from "../steps.ts";

export type CallFailure = { readonly call: number; readonly errno: number };

/** The step whose failure ended a script; undefined for a failure after which the script went on. */
export const fatalStep = (script: GuestScript, { call }: CallFailure): Step | undefined =>
  script.stopsAt(call) ? script.step(call) : undefined;

/** Why a command could not be executed in a guest that works. */
export type Refusal =
  | { readonly reason: "not-found" }
  | { readonly reason: "not-executable"; readonly errno: number };

/** Tells a command that could not be executed from one that ran; `failures` in order. */
export function refusalOf(
  script: GuestScript,
  failures: readonly CallFailure[],
): Refusal | undefined {
  const callsOf = (id: StepId) =>
    script.steps.flatMap((step, call) => (step && stepId(step) === id ? [call] : []));
  const [executes, asScript] = [callsOf("execute"), callsOf("execute-as-script")];
  const failed = (call: number | undefined) => failures.find((failure) => failure.call === call);
  const last = failed(executes.at(-1));
  if (last === undefined) return undefined;
  // A file without "#!" is given to a shell: then that ran.
  if (last.errno === ENOEXEC && failed(asScript.at(-1)) === undefined) return undefined;
  const tried = new Set([...executes, ...asScript]);
  const found = failures.find(
    ({ call, errno }) => tried.has(call) && errno !== ENOENT && errno !== ENOTDIR,
  );
  return found === undefined
    ? { reason: "not-found" }
    : { reason: "not-executable", errno: found.errno };
}
