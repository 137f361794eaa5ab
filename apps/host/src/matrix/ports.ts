import { collide } from "../settings/publish.ts";
import { UserError } from "../settings/user-error.ts";
import type { Cell } from "./cell.ts";

/**
 * Machines that run at once cannot listen on the same port of the host. Throws UserError bad-value for a port
 * that two of the cells publish.
 */
export function demandOwnPorts(cells: readonly Pick<Cell, "settings">[], jobs: number): void {
  if (jobs < 2) return;
  const taken = cells.map(({ settings }) => settings.forwards);
  for (const [index, forwards] of taken.entries()) {
    const earlier = taken.slice(0, index).flat();
    const shared = forwards.find((forward) => earlier.some((other) => collide(other, forward)));
    if (shared === undefined) continue;
    const { port, guestPort } = shared;
    throw new UserError(
      "bad-value",
      `port ${port} of the host cannot be published for several kernels at once; write 0:${guestPort} for a free port each, or --jobs 1`,
    );
  }
}
