import { runScript } from "../plan/script.ts";
import type { Reporter } from "../report/reporter.ts";
import { exitStatus } from "../report/status.ts";
import { notExecuted, stepFailure } from "../session/execFailure.ts";
import type { Session } from "../session/session.ts";
import type { Settings } from "../settings/index.ts";
import type { Prepared } from "./prepare.ts";

/**
 * Everything that happens in a machine that is up: runs the command and waits until its output and its
 * files are with the host. Resolves to the exit status; rejects with the Failure that ended the session.
 */
export async function conduct(
  session: Session,
  prepared: Prepared,
  settings: Settings,
  reporter: Reporter,
): Promise<number> {
  const { architecture, machine, command } = prepared;
  session.openStreams();
  const script = runScript(architecture, machine, command);
  const exit = await session.launch(script, (failure) => {
    const fatal = stepFailure(script, failure, settings.cwd);
    if (fatal) session.fail(fatal);
  });
  reporter.moment("command ended");
  await session.drained();
  reporter.moment("output and files written");
  const refused = notExecuted(script, session.failures, command.argv[0] ?? "");
  if (refused === undefined) return exitStatus(exit);
  reporter.warn(refused.sentence);
  return refused.status;
}
