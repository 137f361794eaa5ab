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
    const answer = ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > end) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await Bun.sleep(20);
  }
}
