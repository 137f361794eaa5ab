import { archiveOptions } from "../../kernels/sources/archive.ts";
import { kernelsText } from "../../report/kernels-text.ts";
import { print } from "../../report/print.ts";
import { quoted, UserError } from "../../settings/user-error.ts";
import { type CliCommand, takeWord } from "../command.ts";
import type { Context } from "../context.ts";
import { processSignals } from "../process.ts";
import { fetching } from "./fetched.ts";

const distributions = ["debian", "ubuntu"] as const;
type Distribution = (typeof distributions)[number];

/** Prints the kernels that archives have, by the names for --kernel. */
async function listArchives(
  { settings, cache, environment, reporter }: Context,
  asked: readonly Distribution[],
): Promise<number> {
  for (const warning of settings.warnings) reporter.notice(warning);
  const { listKernels } = await import("@vimto/apt");
  const rows = await fetching(processSignals, async (signal) => {
    const options = await archiveOptions(
      { ...settings, cache, environment },
      { signal, emit: (event) => reporter.event({ kind: "pull", event }) },
    );
    const lists = await Promise.all(
      asked.map((distribution) => listKernels({ ...options, distribution })),
    );
    return lists.flat();
  }).finally(() => reporter.endProgress());
  print(kernelsText(rows));
  return 0;
}

export const kernels: CliCommand = {
  name: "kernels",
  usage: "[debian|ubuntu]",
  help: "list the kernels of Debian's and Ubuntu's archives",
  details: `Lists the newest kernel of each release and flavour that the archives offer, by
the name that --kernel and pull take, and whether it is in the cache.

  vimto kernels debian
  vimto --kernel debian:12 exec uname -r`,
  run: async ({ words, context }) => {
    const word = takeWord("kernels", words, 1);
    const found = distributions.find((distribution) => distribution === word);
    if (word !== undefined && found === undefined)
      throw new UserError(
        "unexpected-argument",
        `kernels knows debian and ubuntu, not ${quoted(word)}; write: vimto kernels debian`,
      );
    return listArchives(await context(), found === undefined ? distributions : [found]);
  },
};
