import { print } from "../../report/print.ts";
import { didYouMean } from "../../settings/nearest.ts";
import { quoted, UserError } from "../../settings/user-error.ts";
import { type CliCommand, takeWord } from "../command.ts";
import { commandHelp, helpText } from "../help.ts";

export const help: CliCommand = {
  name: "help",
  usage: "[COMMAND]",
  help: "explain vimto or one command",
  details: "Explains vimto, or one of its commands.",
  run: ({ words, commands }) => {
    const topic = takeWord("help", words, 1);
    const listed = commands.filter(({ help }) => help !== "");
    const command = listed.find(({ name }) => name === topic);
    if (topic !== undefined && command === undefined)
      throw new UserError(
        "unknown-command",
        `there is no command ${quoted(topic)} to explain${didYouMean(
          topic,
          listed.map(({ name }) => name),
          "vimto --help lists the commands",
          quoted,
        )}`,
      );
    print(command === undefined ? helpText(listed) : commandHelp(command));
    return 0;
  },
};
