import { valueName } from "../settings/origin.ts";
import { quoted, UserError } from "../settings/user-error.ts";
import type { Cell } from "./cell.ts";

/**
 * Machines that run at once cannot listen on the same port of the host. Throws UserError bad-value for a port
 * that two of the cells publish.
 */
export function demandOwnPorts(cells: readonly Pick<Cell, "settings">[], jobs: number): void {
  if (jobs < 2) return;
  const taken = new Set<string>();
  for (const { settings } of cells) {
    const entries = settings.written.get("publish") ?? [];
    for (const [index, { protocol, address, port, guestPort }] of settings.forwards.entries()) {
      const place = `${protocol} ${address}:${port}`;
      if (port !== 0 && taken.has(place)) {
        const entry = entries[index];
        const name = entry === undefined ? "--publish" : valueName(entry.origin);
        throw new UserError(
          "bad-value",
          `${name} ${quoted(entry?.text ?? `${port}:${guestPort}`)} cannot be for several kernels at once; write 0:${guestPort} for a free port each, or --jobs 1`,
        );
      }
      taken.add(place);
    }
  }
}
