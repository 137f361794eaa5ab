import { errnoName } from "@vimto/linux";

/** What begins a line by which guest init says on the console why it ends (apps/init/src/console.ts). */
const PREFIX = "vimto: guest init: ";
const ENDED = /^([\w-]+) ended, wait status 0x([0-9a-f]{4})/;
const ERRNO = /, errno 0x([0-9a-f]{4})/;

/** Why guest init has ended, if this line of the console says so. */
export function guestInitSentence(line: string): string | undefined {
  const place = line.indexOf(PREFIX);
  if (place < 0) return undefined;
  const said = line.slice(place + PREFIX.length);
  const [, part, status] = ENDED.exec(said) ?? [];
  if (part !== undefined && status !== undefined)
    return `guest init, which runs the command in the guest, failed: its process ${part} ${ended(Number.parseInt(status, 16))}`;
  return `guest init failed: ${said.replace(ERRNO, (_, errno) => ` (${errnoName(Number.parseInt(errno, 16))})`)}`;
}

/** wait(2) */
const ended = (status: number): string =>
  (status & 0x7f) === 0
    ? `ended with status ${status >> 8}`
    : `was killed by signal ${status & 0x7f}`;
