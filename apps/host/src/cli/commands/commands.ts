import type { CliCommand } from "../command.ts";
import { cache, flushCache } from "./cache.ts";
import { completions } from "./completions.ts";
import { config } from "./config.ts";
import { doctor } from "./doctor.ts";
import { exec } from "./exec.ts";
import { go } from "./go.ts";
import { help } from "./help.ts";
import { images } from "./images.ts";
import { kernels } from "./kernels.ts";
import { man } from "./man.ts";
import { pull } from "./pull.ts";
import { report } from "./report.ts";
import { shell } from "./shell.ts";
import { version } from "./version.ts";
import { wrap } from "./wrap.ts";

/** Every command, in the order of the help text. */
export const commands: readonly CliCommand[] = [
  exec,
  shell,
  doctor,
  config,
  wrap,
  pull,
  kernels,
  images,
  report,
  cache,
  flushCache,
  help,
  man,
  completions,
  version,
  go,
];
