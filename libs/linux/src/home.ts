import { homedir } from "node:os";

/** The home directory, of HOME or passwd(5); undefined for a user without one, for whom homedir() throws. */
export function homeDirectory(): string | undefined {
  try {
    return homedir() || undefined;
  } catch {
    return undefined;
  }
}
