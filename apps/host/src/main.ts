import { constants } from "node:os";
import type { Ending } from "./cli/ending.ts";
import { vimto } from "./cli/vimto.ts";

/** Everything is cleaned up by now. */
function end(ending: Ending): void {
  if (typeof ending === "number") process.exit(ending);
  process.removeAllListeners(ending.signal);
  // 0 is the process group (kill(2)).
  process.kill(ending.group ? 0 : process.pid, ending.signal);
  // A signal that is ignored, or that process 1 of a container gets, ends nothing.
  process.exit(128 + constants.signals[ending.signal]);
}

// Not "await": bytecode has no top-level await.
vimto(process.argv.slice(2), process.env).then(end);
