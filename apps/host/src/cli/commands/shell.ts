import { hostAccounts } from "../../host/host-accounts.ts";
import { UserError } from "../../settings/user-error.ts";
import { type CliCommand, takeWord } from "../command.ts";
import { hasTerminal } from "../terminal.ts";
import { runInMachine } from "./exec.ts";

export const shell: CliCommand = {
  name: "shell",
  usage: "",
  help: "a shell in a virtual machine, on this terminal",
  details: `Runs your own login shell ($SHELL, or that of your account) in the directory you
are in. Ctrl-C, Ctrl-Z and the size of the window are the guest's affair. Enter,
then ~. ends a machine that does not answer. The exit status is the shell's.

  vimto --kernel debian:12 --sudo shell`,
  run: async ({ words, context }) => {
    takeWord("shell", words, 0);
    const given = await context();
    const { tty } = given.settings;
    if (tty === "never")
      throw new UserError("conflict", "shell needs a terminal; leave out --tty never");
    if (tty === "auto" && !hasTerminal())
      throw new UserError(
        "conflict",
        "shell needs a terminal on stdin and stdout; without one, write: vimto exec -- COMMAND",
      );
    const { environment } = given;
    const account = hostAccounts().user(process.getuid?.() ?? 0);
    const program = environment.SHELL || account?.shell || "/bin/sh";
    return runInMachine(given, [program, "-l"]);
  },
};
