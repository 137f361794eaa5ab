import { print } from "../../report/print.ts";
import { didYouMean } from "../../settings/nearest.ts";
import { quoted, UserError } from "../../settings/user-error.ts";
import { type CliCommand, takeWord } from "../command.ts";
import { embeddedPages } from "../embedded.ts";
import { commandHelp, helpText } from "../help.ts";

export const help: CliCommand = {
  name: "help",
  usage: "[TOPIC]",
  help: "explain vimto, a command, or a page of the docs",
  details: `Explains vimto or one of its commands, or prints a page of its documentation:
the file of that name in docs. Where a command has the same name, the page is
NAME.md. "pages" lists them.

  vimto help recipes | less
  vimto help kernels.md`,
  run: async ({ words, commands }) => {
    const topic = takeWord("help", words, 1);
    const listed = commands.filter(({ help }) => help !== "");
    print(topic === undefined ? helpText(listed) : await explained(topic, listed));
    return 0;
  },
};

async function explained(topic: string, commands: readonly CliCommand[]): Promise<string> {
  const pages = embeddedPages();
  const command = commands.find(({ name }) => name === topic);
  if (command !== undefined)
    return `${commandHelp(command)}${pages.has(topic) ? `\nMore: vimto help ${topic}.md\n` : ""}`;
  if (topic === "pages") return `${[...pages.keys()].join("\n")}\n`;
  const page = pages.get(topic.replace(/\.md$/, ""));
  if (page !== undefined) return await page.text();
  throw new UserError(
    "unknown-command",
    `there is no command or page ${quoted(topic)} to explain${didYouMean(
      topic,
      [...commands.map(({ name }) => name), ...pages.keys()],
      "vimto --help lists the commands, vimto help pages the pages",
      quoted,
    )}`,
  );
}
