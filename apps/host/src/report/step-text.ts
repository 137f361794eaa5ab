import { errnoName } from "@vimto/linux";
import { Failure } from "../failure.ts";
import { type Step, type StepId, stepId, stepObject } from "../steps.ts";

/** What the guest does in a step, as it stands behind "the guest cannot". */
const texts: Readonly<Record<StepId, (object: string) => string>> = {
  "load-module": (name) => `load the kernel module ${name}`,
  "make-directory": (path) => `make ${path}`,
  mount: (path) => `mount ${path}`,
  "mount-share": (name) => `mount the share ${name}`,
  link: (path) => `link ${path}`,
  prepare: (path) => `prepare ${path}`,
  hide: (path) => `hide ${path}`,
  "make-node": (path) => `make the device node ${path}`,
  "mark-mount-point": () => "mark a mount point",
  "bring-loopback-up": () => "bring loopback up",
  "configure-network": (name) => `configure the network interface ${name}`,
  "set-clock": () => "set the clock",
  "seed-random": () => "seed the random numbers",
  "set-hostname": () => "set the host name",
  "enter-root": () => "enter the root",
  "leave-process-1": () => "give the command a root of its own",
  write: (path) => `write ${path}`,
  "start-process": () => "start a process",
  "open-terminal": () => "open a terminal",
  "resize-terminal": () => "resize the terminal",
  "hang-up-terminal": () => "hang up the terminal",
  "start-session": () => "start a session",
  "set-limits": () => "set limits",
  "set-nice": () => "set the nice value",
  "reset-signals": () => "reset signals",
  "ignore-hangup": () => "ignore SIGHUP",
  "join-outputs": () => "join stdout and stderr",
  "set-umask": () => "set the umask",
  "hand-streams-over": () => "hand the streams over",
  "set-groups": () => "set groups",
  "set-group": () => "set the group",
  "set-user": () => "set the user",
  "change-directory": () => "change directory",
  "close-stream": () => "close a stream",
  execute: () => "execute",
  "execute-as-script": () => "execute",
  log: () => "write to the kernel's log",
  end: () => "end",
};

export function stepText(step: Step): string {
  const id = stepId(step);
  return id === undefined ? step : texts[id](stepObject(step));
}

/** A failure of one of vimto's own steps; `cwd` is the working directory of the command. */
export function stepFailure(step: Step, errno: number, cwd: string): Failure {
  const why = errnoName(errno);
  if (stepId(step) === "change-directory")
    return new Failure(
      "start",
      `the working directory ${JSON.stringify(cwd)} cannot be entered in the guest (${why})${
        why === "EACCES" ? ": let the user of the command search it and what is above it" : ""
      }`,
    );
  return new Failure(
    "start",
    `the guest cannot ${stepText(step)} (${why}); --verbose shows the kernel's messages`,
  );
}
