import { existsSync } from "node:fs";
import { onDisk, resolve } from "@vimto/linux";
import { Failure } from "../failure.ts";
import type { Hook } from "../guest/plan.ts";
import { commandScript } from "../guest/script.ts";
import { refusalText } from "../report/refusal-text.ts";
import { refusalOf } from "../session/refusal.ts";
import { type Conduct, Steps } from "./steps.ts";

/** Runs a command of setup or teardown; resolves to what to say if it failed. */
export async function runHook(
  run: Conduct,
  kind: "setup" | "teardown",
  { text, command }: Hook,
): Promise<Failure | undefined> {
  const { session, plan } = run;
  const script = commandScript(plan.architecture, command, "hook");
  const steps = new Steps(run, script);
  const exit = await session.run(script, steps.note);
  const name = `the ${kind} command ${JSON.stringify(text)}`;
  if (steps.failure !== undefined)
    return new Failure("setup", `${name} could not be run: ${steps.failure.message}`);
  const refusal = refusalOf(script, session.failures);
  if (refusal !== undefined) {
    const [program = ""] = command.argv;
    const why = refusalText(
      refusal,
      program,
      existsSync(onDisk(resolve(command.cwd, program))),
      plan.architecture,
    );
    return new Failure("setup", `${name} could not be run: ${why}`);
  }
  if ("signal" in exit) return new Failure("setup", `${name} was ended by signal ${exit.signal}`);
  if (exit.status === 0) return undefined;
  return new Failure("setup", `${name} failed with exit status ${exit.status}`);
}
