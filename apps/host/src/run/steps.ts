import type { Script } from "@vimto/native";
import type { Failure } from "../failure.ts";
import type { Reporter } from "../report/reporter.ts";
import { type CallFailure, stepFailure } from "../session/exec-failure.ts";
import type { Session } from "../session/session.ts";
import type { Settings } from "../settings/index.ts";
import type { Prepared } from "./prepare.ts";

/** A machine that is up, and what is to be done in it. */
export type Conduct = {
  readonly session: Session;
  readonly prepared: Prepared;
  readonly settings: Settings;
  readonly reporter: Reporter;
};

/**
 * Notes the first step of vimto's own that failed: the process that ran the script is over, and the machine
 * is well.
 */
export class Steps {
  failure: Failure | undefined;
  readonly note: (failure: CallFailure) => void;

  constructor({ settings }: Conduct, script: Script) {
    this.note = (failure) => {
      this.failure ??= stepFailure(script, failure, settings.cwd);
    };
  }
}

/** Ends the session when a step of vimto's own fails. */
export const watchSteps =
  ({ session, settings }: Conduct, script: Script) =>
  (failure: CallFailure): void => {
    const fatal = stepFailure(script, failure, settings.cwd);
    if (fatal) session.fail(fatal);
  };
