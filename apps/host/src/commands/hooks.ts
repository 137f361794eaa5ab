import { Failure } from "../failure.ts";
import { commandScript } from "../plan/script.ts";
import { notExecuted } from "../session/execFailure.ts";
import type { Hook } from "./prepare.ts";
import { type Conduct, watchSteps } from "./steps.ts";

/** Runs a command of setup or teardown; resolves to what to say if it failed. */
export async function runHook(
  run: Conduct,
  kind: "setup" | "teardown",
  { text, command }: Hook,
): Promise<Failure | undefined> {
  const { session, prepared } = run;
  const script = commandScript(prepared.architecture, command, "hook");
  const exit = await session.run(script, watchSteps(run, script));
  const name = `the ${kind} command ${JSON.stringify(text)}`;
  const refused = notExecuted(script, session.failures, command.argv[0] ?? "");
  if (refused !== undefined)
    return new Failure("setup", `${name} could not be run: ${refused.sentence}`);
  if ("signal" in exit) return new Failure("setup", `${name} was ended by signal ${exit.signal}`);
  if (exit.status === 0) return undefined;
  return new Failure("setup", `${name} failed with exit status ${exit.status}`);
}
