import { print } from "../../report/print.ts";
import { VERSION } from "../../version.ts";
import { type CliCommand, takeWord } from "../command.ts";

export const version: CliCommand = {
  name: "version",
  usage: "",
  help: "print the version",
  details: "Prints the version, as --version does.",
  run: ({ words }) => {
    takeWord("version", words, 0);
    print(`vimto ${VERSION}\n`);
    return 0;
  },
};
