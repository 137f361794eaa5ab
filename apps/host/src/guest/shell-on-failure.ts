import type { CommandPlan } from "./script.ts";

const SHELL = "/bin/sh";
/**
 * Runs the command, and a shell behind it when it failed; the status is the command's. The signals of keys are
 * for the command alone, which may have left the terminal in any state.
 */
const SCRIPT = `trap : INT QUIT
"$@"
status=$?
[ $status -eq 0 ] && exit 0
stty sane 2>/dev/null
echo "vimto: the command ended with status $status; this shell is in the same machine, and exit leaves it" >/dev/tty
"\${SHELL:-${SHELL}}" -l
exit $status`;

/** The same command with a shell on its terminal where it failed. */
export const withShellOnFailure = (command: CommandPlan): CommandPlan => ({
  ...command,
  argv: [SHELL, "-c", SCRIPT, SHELL, ...command.argv],
  candidates: [SHELL],
});
