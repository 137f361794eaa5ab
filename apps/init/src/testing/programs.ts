import { type Builder, type Program, programOf } from "@vimto/asm";
import { tether } from "../../../host/src/system/programs/tether.ts";
import { modprobe } from "../modprobe/modprobe.ts";
import { makeRoomForScripts } from "../roles/interpret.ts";
import { keepCore } from "../roles/keep-core.ts";
import { launch, superviseLaunch } from "../roles/launch.ts";
import { relayFeed } from "../roles/relay-feed.ts";
import { relayIn } from "../roles/relay-in.ts";
import { relayOut } from "../roles/relay-out.ts";

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
  ["keep-core", () => programOf((p) => keepCore(p, p.variable()))],
  ["modprobe", modprobe],
  ["tether", tether],
];
