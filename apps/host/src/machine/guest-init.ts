import { errnoName } from "@vimto/linux";

/** What begins a line by which guest init says on the console why it ends (apps/init/src/console.ts). */
const PREFIX = "vimto: guest init: ";
const ENDED = /^([\w-]+) ended, wait status 0x([0-9a-f]{4})/;
const CRASHED = /^([\w-]+) crashed at 0x([0-9a-f]{8}), signal 0x([0-9a-f]{4})/;
const ERRNO = /, errno 0x([0-9a-f]{4})/;

/** Why guest init has ended. */
export type GuestInitEnd = {
  /** A sentence; the line of the sources may follow in parentheses. */
  readonly sentence: string;
  /** Of the instruction that crashed. */
  readonly address: number | undefined;
};

/** What a line of the console says of the end of guest init, if it is about that. */
export function guestInitEnd(line: string): GuestInitEnd | undefined {
  const place = line.indexOf(PREFIX);
  if (place < 0) return undefined;
  const said = line.slice(place + PREFIX.length);
  const failed = "guest init, which runs the command in the guest, failed: its process";
  const [, crashed, address, signal] = CRASHED.exec(said) ?? [];
  if (crashed !== undefined)
    return {
      sentence: `${failed} ${crashed} crashed by signal ${Number.parseInt(signal ?? "", 16)}`,
      address: Number.parseInt(address ?? "", 16),
    };
  const [, part, status] = ENDED.exec(said) ?? [];
  if (part !== undefined && status !== undefined)
    return {
      sentence: `${failed} ${part} ${ended(Number.parseInt(status, 16))}`,
      address: undefined,
    };
  const why = said.replace(ERRNO, (_, errno) => ` (${errnoName(Number.parseInt(errno, 16))})`);
  return { sentence: `guest init failed: ${why}`, address: undefined };
}

/** What the exit statuses of guest init's processes mean (apps/init/src/roles/common.ts, RELAY). */
const statuses: Readonly<Record<number, string>> = {
  0: "ended, as the host's end of the channel was closed",
  71: "ended, as it was sent a frame that it does not know",
  74: "ended, as the channel or a pipe could not be read or written",
  125: "ended, as it could not start the process of the command",
};

/** wait(2) */
const ended = (status: number): string =>
  (status & 0x7f) === 0
    ? (statuses[status >> 8] ?? `ended with status ${status >> 8}`)
    : `was killed by signal ${status & 0x7f}`;

/**
 * The line of the sources that the instruction at `address` comes from. `places` is a text with a line for
 * each range of the code: the address where it begins, in hexadecimal, a blank, and the place.
 */
export function placeAt(places: string, address: number): string | undefined {
  let found: string | undefined;
  for (const line of places.split("\n")) {
    const [start = "", place] = line.split(" ");
    if (place === undefined || Number.parseInt(start, 16) > address) break;
    found = place;
  }
  return found;
}
