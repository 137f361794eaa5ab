/**
 * Moments of the boot, which the guest tells by `mark` events behind hello: the index of each is its place
 * here. Those of the host's scripts come behind these.
 */
export const bootMoments = [
  "guest init",
  "modules loaded",
  "file systems mounted",
  "hello",
] as const;
