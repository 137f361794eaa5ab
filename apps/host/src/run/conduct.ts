import type { Script } from "@vimto/native";
import { coreSentences } from "../capabilities/cores/files.ts";
import { Failure } from "../failure.ts";
import { commandScript, machineScript, runScript } from "../guest/script.ts";
import type { Reporter } from "../report/reporter.ts";
import { exitStatus } from "../report/status.ts";
import { notExecuted } from "../session/exec-failure.ts";
import type { Exit, Session } from "../session/session.ts";
import type { Settings } from "../settings/index.ts";
import { runHook } from "./hooks.ts";
import { outOfMemory } from "./out-of-memory.ts";
import type { Prepared } from "./prepare.ts";
import { type Conduct, Steps, watchSteps } from "./steps.ts";

/**
 * Everything that happens in a machine that is up: runs the command, with setup and teardown around it,
 * and waits until its output and its files are with the host. Resolves to the exit status; rejects with
 * the Failure that ended the session, or that setup or teardown is.
 */
export async function conduct(
  session: Session,
  prepared: Prepared,
  settings: Settings,
  reporter: Reporter,
): Promise<number> {
  const run: Conduct = { session, prepared, settings, reporter };
  session.openStreams();
  const hooked = prepared.setup.length + prepared.teardown.length > 0;
  try {
    return await (hooked ? amidHooks(run) : alone(run));
  } finally {
    const { cores, command } = prepared;
    for (const text of coreSentences(settings.cwd, cores, command.argv[0] ?? ""))
      reporter.warn(text);
  }
}

/** The command, in a machine that nobody else uses. */
async function alone(run: Conduct): Promise<number> {
  const { session, prepared, reporter } = run;
  const { architecture, machine, command } = prepared;
  const script = runScript(architecture, machine, command);
  const exit = await session.launch(script, watchSteps(run, script));
  reporter.moment("command ended");
  await session.drained();
  reporter.moment("output and files written");
  const status = commandStatus(run, script, exit);
  const failure = await outOfMemory(run, exit);
  if (failure !== undefined) throw failure;
  return status;
}

/** Setup, the command if setup went well, and teardown in any case. */
async function amidHooks(run: Conduct): Promise<number> {
  const { session, prepared, reporter } = run;
  const { architecture, machine } = prepared;
  session.hold();
  const preparation = machineScript(architecture, machine);
  const preparing = await session.run(preparation, watchSteps(run, preparation));
  if (exitStatus(preparing) !== 0)
    throw new Failure("start", "the process that prepares the guest was ended; run it again");
  const failures: Error[] = [];
  for (const hook of prepared.setup) {
    const failure = await runHook(run, "setup", hook);
    if (failure === undefined) continue;
    failures.push(failure);
    break;
  }
  reporter.moment("setup ended");
  let status = 0;
  if (failures.length === 0) {
    const ended = await supervised(run);
    status = ended.status;
    if (ended.failure !== undefined) failures.push(ended.failure);
  }
  for (const hook of prepared.teardown) {
    const failure = await runHook(run, "teardown", hook);
    if (failure !== undefined) failures.push(failure);
  }
  reporter.moment("teardown ended");
  session.finish();
  await session.drained();
  reporter.moment("output and files written");
  // A status that says that the command failed says more than vimto's own. In the order in which they came.
  const fatal = status === 0 ? failures.pop() : undefined;
  for (const { message } of failures) reporter.warn(message);
  if (fatal !== undefined) throw fatal;
  return status;
}

/** The command in a machine that setup has prepared. */
async function supervised(run: Conduct): Promise<{ status: number; failure?: Error }> {
  const { session, prepared, reporter } = run;
  const script = commandScript(prepared.architecture, prepared.command, "command");
  const steps = new Steps(run, script);
  const exit = await session.launch(script, steps.note);
  reporter.moment("command ended");
  await session.synced();
  if (steps.failure !== undefined) return { status: 0, failure: steps.failure };
  const status = commandStatus(run, script, exit);
  const failure = await outOfMemory(run, exit);
  return failure === undefined ? { status } : { status: 0, failure };
}

function commandStatus({ session, prepared, reporter }: Conduct, script: Script, exit: Exit) {
  const refused = notExecuted(script, session.failures, prepared.command.argv[0] ?? "");
  if (refused === undefined) return exitStatus(exit);
  reporter.warn(refused.sentence);
  return refused.status;
}
