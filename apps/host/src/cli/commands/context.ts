import type { FetchImage } from "../../kernels/resolve.ts";
import type { Reporter } from "../../report/reporter.ts";
import type { Environment } from "../../run/prepare.ts";
import type { Settings } from "../../settings/index.ts";

/** What every command of vimto is given, besides its own arguments. */
export type Context = {
  readonly settings: Settings;
  readonly environment: Environment;
  readonly fetchImage: FetchImage;
  readonly reporter: Reporter;
};
