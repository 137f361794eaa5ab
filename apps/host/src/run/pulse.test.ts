import { expect, test } from "vitest";
import type { Failure } from "../failure.ts";
import { type LivingSession, watchPulse } from "./pulse.ts";

/** A session whose guest answers or not, and whose QEMU uses `cpu` seconds from beat to beat, until it has had 12. */
async function afterBeats(guest: {
  readonly answers?: boolean;
  readonly running?: boolean;
  readonly heldUp?: boolean;
  readonly cpu?: number;
}): Promise<string | undefined> {
  const { answers = false, running = true, heldUp = false, cpu = 0 } = guest;
  const done = Promise.withResolvers<string | undefined>();
  const session: LivingSession = {
    running,
    answers: () => (answers ? Promise.resolve() : new Promise<void>(() => {})),
    fail: ({ message }: Failure) => done.resolve(message),
  };
  let beats = 0;
  const end = watchPulse(
    session,
    () => {
      if (++beats === 12) done.resolve(undefined);
      return { cpu: cpu * beats, heldUp };
    },
    10,
  );
  return await done.promise.finally(end);
}

test("a guest that neither answers nor computes has suspended itself", async () => {
  expect(await afterBeats({})).toBe(
    "the guest has suspended itself: for 0.03 s it neither answered nor computed, so its machine was ended",
  );
});

test.each([
  ["answers", { answers: true }],
  ["is busy", { cpu: 0.001 }],
  ["runs setup", { running: false }],
  ["is held up by the host", { heldUp: true }],
])("a guest that %s has not", async (_, guest) => {
  expect(await afterBeats(guest)).toBeUndefined();
});
