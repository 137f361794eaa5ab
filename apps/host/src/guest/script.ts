import {
  type Architecture,
  ENOEXEC,
  PRIO_PROCESS,
  SIG_IGN,
  SIG_SETMASK,
  SIGHUP,
  SIGPIPE,
} from "@vimto/linux";
import { bootMoments } from "@vimto/protocol/frames";
import { Script } from "@vimto/script";
import { writeSetting } from "../capabilities/write-setting.ts";
import type { Identity } from "../host/identity.ts";
import type { Limit } from "../host/resource-limits.ts";
import type { GuestScript, Step } from "../steps.ts";
import { isClone, type Renewal, renew } from "./renew.ts";
import { buildRoot, leaveProcessOne, type RootPlan } from "./root.ts";
import { openTerminal, type TerminalPlan, takeTerminal } from "./terminal.ts";

export type CommandPlan = {
  readonly argv: readonly string[];
  /** NAME=value */
  readonly environment: readonly string[];
  /** Paths for execve, in the order in which a shell would try them. */
  readonly candidates: readonly string[];
  readonly identity: Pick<Identity, "uid" | "gid" | "groups">;
  readonly cwd: string;
  readonly umask: number;
  readonly limits: readonly Limit[];
  /** From -20 to 19. */
  readonly nice: number;
  /** Whether SIGHUP is ignored from the start. */
  readonly ignoresHangup: boolean;
  /** stdout and stderr are one file on the host: they share a pipe, so that their order is kept. */
  readonly merged: boolean;
  /** Where stdin and stdout of the host are a terminal. */
  readonly terminal?: TerminalPlan | undefined;
  /** Which of the descriptors 0 to 2 are closed on the host: a write to one fails with EBADF. */
  readonly closed: readonly number[];
};

/** What is done in a guest once, before its commands. */
export type GuestPlan = {
  readonly root: RootPlan;
  readonly hostname: string;
  /** Values for files below /proc/sys. */
  readonly sysctls: Readonly<Record<string, string>>;
};

/** Moments of the guest by their indices, for --verbose: those of the boot, then those of a script. */
export const MOMENTS = [...bootMoments, "script", "root", "exec"] as const;
const moment = (name: (typeof MOMENTS)[number]) => MOMENTS.indexOf(name);

/** What is done once in a guest: time, random numbers, the root, its settings. */
function prepareGuest(script: GuestScript, plan: GuestPlan, renewal: Renewal): void {
  renew(script, renewal);
  if (isClone(renewal) && Object.values(plan.root.transports).some(({ late }) => late))
    writeSetting(script, "/sys/bus/pci/rescan", "1");
  const name = new TextEncoder().encode(plan.hostname);
  script.call("set-hostname", "sethostname", [name, name.length], { failure: "ignore" });
  buildRoot(script, plan.root);
  for (const [path, value] of Object.entries(plan.sysctls))
    writeSetting(script, `/proc/sys/${path}`, value);
}

/** The calls by which the launcher's process becomes the command. */
function becomeCommand(script: GuestScript, plan: CommandPlan): void {
  const { identity } = plan;
  if (plan.terminal !== undefined) openTerminal(script, plan.terminal);
  script.call("start-session", "setsid", []);
  if (plan.terminal !== undefined) takeTerminal(script);
  writeSetting(script, "/proc/self/oom_score_adj", "0");
  for (const { resource, soft, hard } of plan.limits) {
    const limit = new Uint8Array(new BigUint64Array([soft, hard]).buffer);
    script.call("set-limits", "prlimit64", [0, resource, limit, 0], { failure: "ignore" });
  }
  if (plan.nice !== 0)
    script.call("set-nice", "setpriority", [PRIO_PROCESS, 0, plan.nice], { failure: "ignore" });
  script.call("reset-signals", "rt_sigprocmask", [SIG_SETMASK, new Uint8Array(8), 0, 8]);
  script.call("reset-signals", "rt_sigaction", [SIGPIPE, new Uint8Array(32), 0, 8]);
  if (plan.ignoresHangup) {
    // struct sigaction of the kernel begins with the handler.
    const ignored = new Uint8Array(new BigUint64Array([BigInt(SIG_IGN), 0n, 0n, 0n]).buffer);
    script.call("ignore-hangup", "rt_sigaction", [SIGHUP, ignored, 0, 8]);
  }
  if (plan.merged && plan.terminal === undefined) script.call("join-outputs", "dup3", [1, 2, 0]);
  script.call("set-umask", "umask", [plan.umask]);
  // Root made the pipes: without this, only root could open /dev/stdout and /dev/stderr.
  if (identity.uid !== 0)
    for (const fd of [0, 1, 2])
      script.call("hand-streams-over", "fchown", [fd, identity.uid, identity.gid], {
        failure: "ignore",
      });
  becomeUser(script, identity);
  script.call("change-directory", "chdir", [plan.cwd]);
  for (const fd of plan.closed) script.call("close-stream", "close", [fd]);
  for (const path of plan.candidates) {
    script.call("execute", "execve", [path, plan.argv, plan.environment], { failure: "continue" });
    // A script without "#!": a shell runs it as a shell script (execvp(3)).
    script.call(
      "execute-as-script",
      "execve",
      ["/bin/sh", ["sh", path, ...plan.argv.slice(1)], plan.environment],
      { failure: "continue", after: ENOEXEC },
    );
  }
}

/** A kernel without CONFIG_MULTIUSER knows only root, and lacks these calls. */
function becomeUser(script: GuestScript, { uid, gid, groups }: CommandPlan["identity"]): void {
  if (uid === 0 && gid === 0 && groups.every((group) => group === 0)) return;
  const list = new Uint8Array(Uint32Array.from(groups).buffer);
  script.call("set-groups", "setgroups", [groups.length, list]);
  script.call("set-group", "setgid", [gid]);
  script.call("set-user", "setuid", [uid]);
}

/** Prepares the guest and runs one command in it. */
export function runScript(
  arch: Architecture,
  guest: GuestPlan,
  renewal: Renewal,
  command: CommandPlan,
): GuestScript {
  const script = new Script<Step>(arch).mark(moment("script"));
  prepareGuest(script, guest, renewal);
  leaveProcessOne(script.mark(moment("root")));
  becomeCommand(script.started().mark(moment("exec")), command);
  return script;
}

/** Prepares the guest for commands that follow one by one. */
export function guestScript(arch: Architecture, guest: GuestPlan, renewal: Renewal): GuestScript {
  const script = new Script<Step>(arch).mark(moment("script"));
  prepareGuest(script, guest, renewal);
  script.mark(moment("root"));
  return script.call("end", "exit_group", [0]);
}

/** A command in a guest that is prepared: the user's, or one of setup and teardown. */
export function commandScript(
  arch: Architecture,
  command: CommandPlan,
  which: "command" | "hook",
): GuestScript {
  const script = new Script<Step>(arch);
  // A failure of the first call stands for a process that cannot be started (apps/init/src/serve.ts).
  script.call("start-process", "getpid", []);
  leaveProcessOne(script);
  if (which === "command") script.started().mark(moment("exec"));
  becomeCommand(script, command);
  return script;
}
