import type { Program } from "../program.ts";
import { keepCore } from "../programs/keepCore.ts";
import { launch } from "../programs/launch.ts";
import { relayFeed } from "../programs/relayFeed.ts";
import { relayIn } from "../programs/relayIn.ts";
import { relayOut } from "../programs/relayOut.ts";
import { stage0 } from "../programs/stage0.ts";
import { tether } from "../programs/tether.ts";

/** Every program of this package, by the name that guest init knows it by. */
export const programs: readonly (readonly [string, () => Program])[] = [
  ["stage-0", () => stage0({ init: "/vimto/init", environment: ["PATH=/bin", "HOME=/root"] })],
  ["relay-in", relayIn],
  ["relay-out", relayOut],
  ["relay-feed", relayFeed],
  ["launch", () => launch().program],
  ["keep-core", keepCore],
  ["tether", tether],
];
