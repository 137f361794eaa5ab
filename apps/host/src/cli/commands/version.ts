import { print } from "../../report/print.ts";
import { versionText } from "../../version.ts";
import { type CliCommand, takeWord } from "../command.ts";

export const version: CliCommand = {
  name: "version",
  usage: "",
  help: "print version, commit, bun and protocol",
  details: `Prints, as --version does, the version, the commit that it was built from, the
bun inside, and the version of the protocol between host and guest.`,
  run: ({ words }) => {
    takeWord("version", words, 0);
    print(versionText());
    return 0;
  },
};
