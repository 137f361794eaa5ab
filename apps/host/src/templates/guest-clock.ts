const QUESTIONS = 10;

/**
 * How many milliseconds the clock of a guest is ahead of the host's. The guest gives each answer between
 * question and arrival, so the quickest answers tell most.
 *
 * @param ask the guest's time in milliseconds since 1970
 */
export async function clockAhead(ask: () => Promise<number>): Promise<number> {
  let [least, most] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let asked = 0; asked < QUESTIONS; asked++) {
    const before = now();
    const guest = await ask();
    least = Math.max(least, guest - now());
    most = Math.min(most, guest - before);
  }
  return (least + most) / 2;
}

/** Milliseconds since 1970, finer than Date. */
const now = () => performance.timeOrigin + performance.now();
