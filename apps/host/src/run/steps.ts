import type { Script } from "@vimto/script";
import type { Emit } from "../events.ts";
import type { Failure } from "../failure.ts";
import type { RunPlan } from "../guest/plan.ts";
import type { Renewal } from "../guest/renew.ts";
import { type CallFailure, stepFailure } from "../session/exec-failure.ts";
import type { Session } from "../session/session.ts";

/** A guest that is up, and what is to be done in it. */
export type Conduct = {
  readonly session: Session;
  readonly plan: RunPlan;
  readonly renewal: Renewal;
  /** What the command may use, in bytes. */
  readonly memoryBytes: number;
  readonly emit: Emit;
};

/**
 * Notes the first step of vimto's own that failed: the process that ran the script is over, and the machine
 * is well.
 */
export class Steps {
  failure: Failure | undefined;
  readonly note: (failure: CallFailure) => void;

  constructor({ plan }: Conduct, script: Script) {
    this.note = (failure) => {
      this.failure ??= stepFailure(script, failure, plan.command.cwd);
    };
  }
}

/** Ends the session when a step of vimto's own fails. */
export const watchSteps =
  ({ session, plan }: Conduct, script: Script) =>
  (failure: CallFailure): void => {
    const fatal = stepFailure(script, failure, plan.command.cwd);
    if (fatal) session.fail(fatal);
  };
