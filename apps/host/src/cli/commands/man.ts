import { print } from "../../report/print.ts";
import { type CliCommand, takeWord } from "../command.ts";
import { embeddedPages } from "../embedded.ts";

export const man: CliCommand = {
  name: "man",
  usage: "",
  help: "print the manual page",
  details: `Prints vimto(1), for man or for an installation.

  vimto man | man -l -`,
  run: async ({ words, commands }) => {
    takeWord("man", words, 0);
    const { manPage } = await import("../shell/man.ts");
    print(
      manPage(
        commands.filter(({ help }) => help !== ""),
        [...embeddedPages().keys()],
      ),
    );
    return 0;
  },
};
