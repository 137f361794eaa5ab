import { print } from "../../report/print.ts";
import { quoted, UserError } from "../../settings/user-error.ts";
import type { CliCommand, Invocation } from "../command.ts";
import { takeWord } from "../command.ts";
import { embeddedPages } from "../embedded.ts";

export const completions: CliCommand = {
  name: "completions",
  usage: "SHELL",
  help: "print completions for bash, zsh or fish",
  details: `Prints what completes vimto's command line in a shell: options and their values,
commands, kernels in the cache and installed ones, tags of the configured image.

  source <(vimto completions bash)       # in ~/.bashrc
  source <(vimto completions zsh)        # in ~/.zshrc, behind compinit
  vimto completions fish >~/.config/fish/completions/vimto.fish`,
  run: async (invocation) => {
    const [first, ...rest] = invocation.words;
    // What the scripts ask.
    if (first === "answer") return await printAnswer(invocation, rest);
    const { completionScript, shells } = await import("../shell/scripts.ts");
    const word = takeWord("completions", invocation.words, 1);
    const shell = shells.find((name) => name === word);
    if (shell === undefined)
      throw new UserError(
        word === undefined ? "missing-argument" : "unexpected-argument",
        `completions knows bash, zsh and fish${word === undefined ? "" : `, not ${quoted(word)}`}; write: vimto completions bash`,
      );
    print(completionScript(shell));
    return 0;
  },
};

async function printAnswer(
  { commands, context }: Invocation,
  words: readonly string[],
): Promise<number> {
  const { answer, answerText } = await import("../shell/answer.ts");
  const known = {
    pages: [...embeddedPages().keys()],
    // A completion must not print errors of settings or cache into the line that the user types.
    kernels: () =>
      Promise.all([import("../shell/kernels.ts"), context()])
        .then(([{ localKernels }, found]) => localKernels(found))
        .catch(() => []),
  };
  print(answerText(await answer(words, commands, known)));
  return 0;
}
