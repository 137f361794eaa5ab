/**
 * Runs `count` pieces of work, started in order and never more than `most` at once. Work that waits for
 * its turn is not started any more once a piece has failed.
 * @returns a promise for each piece; the caller need not await them
 */
export function inParallel<T>(
  most: number,
  count: number,
  work: (index: number) => Promise<T>,
): Promise<T>[] {
  const pieces = Array.from({ length: count }, () => Promise.withResolvers<T>());
  let next = 0;
  let failure: { error: unknown } | undefined;
  const worker = async () => {
    for (let index = next++; index < count; index = next++) {
      const piece = pieces[index];
      if (failure) {
        piece?.reject(failure.error);
        continue;
      }
      try {
        piece?.resolve(await work(index));
      } catch (error) {
        failure ??= { error };
        piece?.reject(error);
      }
    }
  };
  for (let i = 0; i < Math.min(most, count); i++) void worker();
  for (const { promise } of pieces) promise.catch(() => {});
  return pieces.map(({ promise }) => promise);
}
