/** One line of --verbose. */
export type Moment = {
  readonly name: string;
  /** Milliseconds since vimto began to keep time. */
  readonly hostMs: number;
  /** Milliseconds since the guest's kernel began, when it is a moment of the guest. */
  readonly guestMs?: number;
};

const LINE = /^vimto: +([0-9.]+) ms {2}(?:guest at ([0-9.]+) ms: )?(.*)$/;

/** Undefined for any other line. */
export function parseMoment(line: string): Moment | undefined {
  const [, host, guest, name] = LINE.exec(line) ?? [];
  if (host === undefined || name === undefined) return undefined;
  return {
    name,
    hostMs: Number(host),
    ...(guest !== undefined && { guestMs: Number(guest) }),
  };
}

/** What lies between a moment and the one before it on the same clock. */
export type Stage = {
  readonly name: string;
  readonly clock: "host" | "guest";
  readonly ms: number;
};

/**
 * The stages of one run in the order of their ends. The guest's first counts from the start of its
 * kernel; in a clone, whose clock is its template's, from the script, before which nothing is known.
 */
export function stages(moments: readonly Moment[]): Stage[] {
  const booted = moments.some(({ name }) => name === "guest init");
  let host = 0;
  let guest = booted ? 0 : undefined;
  const found: Stage[] = [];
  for (const { name, hostMs, guestMs } of moments) {
    if (guestMs === undefined) {
      found.push({ name, clock: "host", ms: hostMs - host });
      host = hostMs;
    } else {
      if (guest !== undefined) found.push({ name, clock: "guest", ms: guestMs - guest });
      guest = guestMs;
    }
  }
  return found;
}
