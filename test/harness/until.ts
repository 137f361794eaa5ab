/**
 * Asks again and again until the answer is there, at most `seconds`; then throws `what` it waited
 * for. For states of the machine that nothing announces, such as the end of another's process.
 */
export async function until<T>(
  what: string,
  seconds: number,
  ask: () => T | undefined | false,
): Promise<T> {
  const end = performance.now() + seconds * 1000;
  for (;;) {
    // One more look when the time is over: this process may have been stopped since the last.
    const over = performance.now() > end;
    const answer = ask();
    if (answer !== undefined && answer !== false) return answer;
    if (over) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await Bun.sleep(20);
  }
}
