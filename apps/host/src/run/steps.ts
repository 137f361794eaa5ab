import type { Emit } from "../events.ts";
import type { Failure } from "../failure.ts";
import type { RunPlan } from "../guest/plan.ts";
import type { Renewal } from "../guest/renew.ts";
import { stepFailure } from "../report/step-text.ts";
import { type CallFailure, fatalStep } from "../session/refusal.ts";
import type { Session } from "../session/session.ts";
import type { GuestScript } from "../steps.ts";

/** A guest that is up, and what is to be done in it. */
export type Conduct = {
  readonly session: Session;
  readonly plan: RunPlan;
  readonly renewal: Renewal;
  /** What the command may use, in bytes. */
  readonly memoryBytes: number;
  readonly emit: Emit;
};

/** The Failure for a failed call, if the call belongs to a step of vimto's own and ended the script. */
function failureOf({ plan }: Conduct, script: GuestScript, failure: CallFailure) {
  const step = fatalStep(script, failure);
  return step && stepFailure(step, failure.errno, plan.command.cwd);
}

/** Notes the first step of vimto's own that failed: the script's process has ended, and the machine still works. */
export class Steps {
  failure: Failure | undefined;
  readonly note: (failure: CallFailure) => void;

  constructor(run: Conduct, script: GuestScript) {
    this.note = (failure) => {
      this.failure ??= failureOf(run, script, failure);
    };
  }
}

/** Ends the session when a step of vimto's own fails. */
export const watchSteps =
  (run: Conduct, script: GuestScript) =>
  (failure: CallFailure): void => {
    const fatal = failureOf(run, script, failure);
    if (fatal) run.session.fail(fatal);
  };
