import { realpathSync } from "node:fs";
import { exec } from "./commands/exec.ts";
import { Failure } from "./failure.ts";
import { Reporter } from "./report/reporter.ts";
import { FAILED } from "./report/status.ts";
import { Interrupted } from "./session/watch.ts";
import { commandHelp, helpText, loadSettings, parseArguments } from "./settings/index.ts";
import { VERSION } from "./version.ts";

/** Runs one command line and resolves to the exit status. */
async function run(argv: readonly string[]): Promise<number> {
  const args = parseArguments(argv);
  const { command } = args;
  if (command.kind === "help") {
    console.log(command.topic === undefined ? helpText() : commandHelp(command.topic));
    return 0;
  }
  if (command.kind === "version") {
    console.log(`vimto ${VERSION}`);
    return 0;
  }
  const environment = process.env;
  const settings = await loadSettings(args, { environment, cwd: realpathSync(process.cwd()) });
  const reporter = new Reporter(settings.verbose);
  switch (command.kind) {
    case "exec":
      return await exec(settings, command.argv, environment, noImages, reporter);
    default:
      throw new Failure("internal", `vimto ${command.kind} is not there yet`);
  }
}

const noImages = (reference: string): Promise<string> =>
  Promise.reject(new Failure("kernel", `kernel ${JSON.stringify(reference)} does not exist`));

async function main(): Promise<void> {
  let status: number;
  try {
    status = await run(process.argv.slice(2));
  } catch (error) {
    new Reporter(false).failure(error);
    status = error instanceof Interrupted ? error.status : FAILED;
  }
  process.exit(status);
}

main();
