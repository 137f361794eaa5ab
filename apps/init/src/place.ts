import { join } from "node:path";
import type { Executable } from "@vimto/asm";

const root = join(import.meta.dirname, "../../..");
const FRAME = /\(?([^\s()]+\.ts):(\d+):\d+\)?$/;

/** The line outside of libs/asm from which the caller was called: "apps/init/src/roles/serve.ts:40". */
export function placeInSources(): string {
  for (const frame of new Error().stack?.split("\n") ?? []) {
    const [, file = "", line = ""] = FRAME.exec(frame) ?? [];
    if (!file.startsWith(root)) continue;
    const path = file.slice(root.length + 1);
    if (path.startsWith("libs/asm/") || path === "apps/init/src/place.ts") continue;
    return `${path}:${line}`;
  }
  return "";
}

/**
 * A line for each range of the code that comes from one place: where it begins, in hexadecimal, a blank,
 * and the place. Each range ends where the next one begins.
 */
export function placesText({ places }: Executable): string {
  let last: string | undefined;
  return places
    .filter(({ place }) => {
      const isNew = place !== last;
      last = place;
      return isNew;
    })
    .map(({ address, place }) => `${address.toString(16)} ${place}\n`)
    .join("");
}
