import { type Builder, type Program, programOf } from "../program.ts";
import { makeRoomForScripts } from "../programs/interpret.ts";
import { keepCore } from "../programs/keep-core.ts";
import { launch, superviseLaunch } from "../programs/launch.ts";
import { relayFeed } from "../programs/relay-feed.ts";
import { relayIn } from "../programs/relay-in.ts";
import { relayOut } from "../programs/relay-out.ts";
import { tether } from "../programs/tether.ts";

/** No memory for a script is a mistake of the test. */
const NO_MEMORY = 99;

/** A launcher by itself, as it is in guest init: with memory for its script. */
const alone = (body: (p: Builder) => void) =>
  programOf((p) => {
    makeRoomForScripts(p, () => p.exit(NO_MEMORY));
    body(p);
  });

export const launchAlone = () => alone(launch);
export const supervisedLaunch = () => alone(superviseLaunch);

/** Every program of this package, by its name. */
export const programs: readonly (readonly [string, () => Program])[] = [
  ["relay-in", () => programOf(relayIn)],
  ["relay-out", () => programOf(relayOut)],
  ["relay-feed", () => programOf(relayFeed)],
  ["launch", launchAlone],
  ["supervised launch", supervisedLaunch],
  ["keep-core", keepCore],
  ["tether", tether],
];
