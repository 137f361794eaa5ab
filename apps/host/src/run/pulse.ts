import { Failure } from "../failure.ts";
import type { Usage } from "../machine/usage.ts";
import type { Session } from "../session/session.ts";

/** How often the guest is asked whether it lives: it costs a clone's command nothing that is over before. */
const BEAT_MS = 20_000;
/** How many times in a row it may not have answered. */
const BEATS = 3;
/** Of the time without an answer, what QEMU may have computed: a suspended guest computes nothing. */
const ASLEEP = 0.02;

/** What a pulse needs of a session. */
export type LivingSession = Pick<Session, "running" | "answers" | "fail">;

/**
 * Fails a session whose guest neither answers nor computes while its command runs: it has suspended itself
 * (`echo freeze >/sys/power/state`), of which QEMU knows nothing. A guest that is only busy computes, and one whose
 * QEMU is held up by the host can do neither. Returns a function that ends the watch.
 *
 * @param qemu the CPU time that it has used, in seconds, and whether it is held up (isHeldUp)
 */
export function watchPulse(
  session: LivingSession,
  qemu: () => Pick<Usage, "cpu"> & { readonly heldUp: boolean },
  beatMs = BEAT_MS,
): () => void {
  let asked: { readonly cpu: number; beats: number } | undefined;
  const ask = (cpu: number) => {
    const question = { cpu, beats: 0 };
    asked = question;
    session.answers().then(() => {
      if (asked === question) asked = undefined;
    });
  };
  const timer = setInterval(() => {
    const { cpu, heldUp } = qemu();
    // Before its start and behind its end, a command of setup or teardown may hold the answer up.
    if (!session.running || heldUp) asked = undefined;
    else if (asked === undefined) ask(cpu);
    else {
      asked.beats += 1;
      const seconds = (asked.beats * beatMs) / 1000;
      if (cpu - asked.cpu > seconds * ASLEEP) ask(cpu);
      else if (asked.beats === BEATS) session.fail(asleep(seconds));
    }
  }, beatMs);
  return () => clearInterval(timer);
}

const asleep = (seconds: number): Failure =>
  new Failure(
    "powered-off",
    `the guest has suspended itself: for ${seconds} s it neither answered nor computed, so its machine was ended`,
  );
