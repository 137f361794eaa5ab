import type { CommandPlan } from "./script.ts";

const SHELL = "/bin/sh";
/**
 * Runs the command, and a shell after it when it failed; the status is the command's. The script itself
 * outlives signals, which are for the command, and resets the terminal, which the command may leave in any
 * state. With `exec`, the shell runs no builtin in place of the command. A shell cannot tell a signal from a
 * status above 128, so the script ends by the signals that a caller of vimto checks for.
 */
const SCRIPT = `trap : HUP INT QUIT USR1 USR2 ALRM TERM
(exec "$@")
status=$?
[ $status -eq 0 ] && exit 0
stty sane 2>/dev/null
echo "vimto: the command ended with status $status; this shell is in the same machine, and exit leaves it" >/dev/tty
shell=\${SHELL:-${SHELL}}
case $shell in */nologin | */false) shell=${SHELL} ;; esac
[ -x "$shell" ] || shell=${SHELL}
"$shell"
case $status in
129 | 130 | 143)
  trap - HUP INT TERM
  kill -$((status - 128)) $$
  ;;
esac
exit $status`;

/** A shell drops variables with other names, such as the functions that bash exports. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*=/;

/** The same command with a shell on its terminal where it failed. */
export function withShellOnFailure(command: CommandPlan): CommandPlan {
  const others = command.environment.filter((variable) => !IDENTIFIER.test(variable));
  const environment = others.length === 0 ? [] : ["env", ...others];
  return {
    ...command,
    argv: [SHELL, "-c", SCRIPT, SHELL, ...environment, ...command.argv],
    candidates: [SHELL],
  };
}
