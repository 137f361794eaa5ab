import { existsSync } from "node:fs";
import { onDisk, resolve } from "@vimto/linux";
import { Failure } from "../failure.ts";
import { commandScript, guestScript, runScript } from "../guest/script.ts";
import { refusalStatus, refusalText } from "../report/refusal-text.ts";
import { exitStatus } from "../report/status.ts";
import { refusalOf } from "../session/refusal.ts";
import type { Exit } from "../session/session.ts";
import type { GuestScript } from "../steps.ts";
import { runHook } from "./hooks.ts";
import { outOfMemory } from "./out-of-memory.ts";
import { type Conduct, Steps, watchSteps } from "./steps.ts";

/** How the command of a run ended. */
export type Ended = {
  readonly status: number;
  readonly exit: Exit | undefined;
  /** The Failure that says why the command could not be executed. */
  readonly reason: Failure | undefined;
};

/**
 * Everything that happens in a guest that is up: runs the command, with setup and teardown around it, and
 * waits until its output and its files are with the host. Rejects with the Failure that ended the session,
 * or that setup or teardown is.
 */
export async function conduct(run: Conduct): Promise<Ended> {
  const { session, plan } = run;
  session.openStreams();
  const hooked = plan.setup.length + plan.teardown.length > 0;
  return await (hooked ? amidHooks(run) : alone(run));
}

/** The command, in a guest that nobody else uses. */
async function alone(run: Conduct): Promise<Ended> {
  const { session, plan, renewal, emit } = run;
  const script = runScript(plan.architecture, plan.guest, renewal, plan.command);
  const exit = await session.launch(script, watchSteps(run, script));
  emit({ kind: "moment", moment: "command-ended" });
  await session.drained();
  emit({ kind: "moment", moment: "output-written" });
  const ended = endedAs(run, script, exit);
  const failure = await outOfMemory(run, exit);
  if (failure !== undefined) throw failure;
  return ended;
}

/** Setup, the command if setup went well, and teardown in any case. */
async function amidHooks(run: Conduct): Promise<Ended> {
  const { session, plan, renewal, emit } = run;
  session.hold();
  const preparation = guestScript(plan.architecture, plan.guest, renewal);
  const preparing = await session.run(preparation, watchSteps(run, preparation));
  if (exitStatus(preparing) !== 0)
    throw new Failure("start", "the process that prepares the guest was ended; run it again");
  const failures: Error[] = [];
  for (const hook of plan.setup) {
    const failure = await runHook(run, "setup", hook);
    if (failure === undefined) continue;
    failures.push(failure);
    break;
  }
  emit({ kind: "moment", moment: "setup-ended" });
  let ended: Ended = { status: 0, exit: undefined, reason: undefined };
  if (failures.length === 0) {
    const command = await supervised(run);
    if (command instanceof Failure) failures.push(command);
    else ended = command;
  }
  for (const hook of plan.teardown) {
    const failure = await runHook(run, "teardown", hook);
    if (failure !== undefined) failures.push(failure);
  }
  emit({ kind: "moment", moment: "teardown-ended" });
  session.finish();
  await session.drained();
  emit({ kind: "moment", moment: "output-written" });
  // Warns of the failures in order. A failure of vimto's own ends the run only if the command did not fail: the
  // command's status says more.
  const fatal = ended.status === 0 ? failures.pop() : undefined;
  for (const { message } of failures) emit({ kind: "warning", text: message });
  if (fatal !== undefined) throw fatal;
  return ended;
}

/** The command in a guest that setup has prepared; a Failure when that is what ended it. */
async function supervised(run: Conduct): Promise<Ended | Failure> {
  const { session, plan, emit } = run;
  const script = commandScript(plan.architecture, plan.command, "command");
  const steps = new Steps(run, script);
  const exit = await session.launch(script, steps.note);
  emit({ kind: "moment", moment: "command-ended" });
  await session.synced();
  if (steps.failure !== undefined) return steps.failure;
  const ended = endedAs(run, script, exit);
  return (await outOfMemory(run, exit)) ?? ended;
}

function endedAs({ session, plan, emit }: Conduct, script: GuestScript, exit: Exit): Ended {
  const refusal = refusalOf(script, session.failures);
  if (refusal === undefined) return { status: exitStatus(exit), exit, reason: undefined };
  const [program = ""] = plan.command.argv;
  const exists = existsSync(onDisk(resolve(plan.command.cwd, program)));
  const text = refusalText(refusal, program, exists, plan.architecture);
  emit({ kind: "warning", text });
  const reason = new Failure("start", text);
  return { status: refusalStatus(refusal), exit: undefined, reason };
}
