import type { Script } from "@vimto/script";

/** What the calls of a script belong to. Their texts for users are in report/step-text.ts. */
const stepIds = [
  "load-module",
  "make-directory",
  "mount",
  "mount-share",
  "link",
  "prepare",
  "make-node",
  "hide",
  "mark-mount-point",
  "bring-loopback-up",
  "configure-network",
  "set-clock",
  "seed-random",
  "set-hostname",
  "enter-root",
  "leave-process-1",
  "write",
  "start-process",
  "open-terminal",
  "resize-terminal",
  "hang-up-terminal",
  "start-session",
  "set-limits",
  "set-nice",
  "reset-signals",
  "ignore-hangup",
  "join-outputs",
  "set-umask",
  "hand-streams-over",
  "set-groups",
  "set-group",
  "set-user",
  "change-directory",
  "close-stream",
  "execute",
  "execute-as-script",
  "log",
  "end",
] as const;

export type StepId = (typeof stepIds)[number];
/** A step and, after a blank, its object: "mount /dev/pts". */
export type Step = StepId | `${StepId} ${string}`;
export type GuestScript = Script<Step>;

export const stepId = (step: Step): StepId | undefined =>
  stepIds.find((id) => step === id || step.startsWith(`${id} `));

/** The object behind the id; "" without one. */
export const stepObject = (step: Step): string => step.slice((stepId(step)?.length ?? 0) + 1);
