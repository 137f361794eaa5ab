import { readdirSync } from "node:fs";
import { join, onDisk } from "@vimto/linux";

/**
 * Whether a directory has more than `limit` files and directories below it. It stops looking there. What cannot be
 * listed has none.
 *
 * @param directory absolute
 */
export function hasMoreFiles(directory: string, limit: number): boolean {
  let files = 0;
  const waiting = [directory];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    const entries = listed(at);
    files += entries.length;
    if (files > limit) return true;
    for (const entry of entries) if (entry.isDirectory()) waiting.push(join(at, entry.name));
  }
  return false;
}

function listed(directory: string) {
  try {
    return readdirSync(onDisk(directory), { withFileTypes: true });
  } catch {
    return [];
  }
}
