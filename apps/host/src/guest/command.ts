import type { Environment } from "../host/facts.ts";
import type { Identity } from "../host/identity.ts";
import { rootPath } from "../host/program-path.ts";

/**
 * Variables that name a descriptor, a process, a socket or a temporary directory of the host, which the
 * guest does not have: programs would wait for them, warn of them, or take something else for them.
 */
const OF_THE_HOST: readonly string[] = [
  "TMPDIR",
  // systemd: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3), systemd.exec(5)
  ...["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "LISTEN_PIDFDID", "NOTIFY_SOCKET"],
  ...["WATCHDOG_PID", "WATCHDOG_USEC", "JOURNAL_STREAM", "MANAGERPID"],
  // agents, buses, displays, terminals
  ...["SSH_AUTH_SOCK", "SSH_AGENT_PID", "GPG_AGENT_INFO", "DBUS_SESSION_BUS_ADDRESS"],
  ...[
    "DBUS_SYSTEM_BUS_ADDRESS",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "WAYLAND_SOCKET",
    "XAUTHORITY",
    "SESSION_MANAGER",
  ],
  ...["TMUX", "TMUX_PANE", "STY", "WINDOWID"],
];

/** Variables in which make and cargo tell their children how to share jobs. */
const MAKE_FLAGS = ["MAKEFLAGS", "MFLAGS", "CARGO_MAKEFLAGS"] as const;

export type CommandUser = {
  /** Who runs the command. */
  readonly identity: Pick<Identity, "uid">;
  /** The same user, if it is not the caller. */
  readonly other: Identity | undefined;
  /** Whether root's programs belong to PATH. */
  readonly asRoot: boolean;
};

/**
 * The environment of a command as NAME=value: the caller's, less what only the host has. Another user gets
 * the names that sudo(8) sets; a make below make gets as many jobs as the guest has CPUs.
 */
export function commandEnvironment(
  environment: Environment,
  { identity, other, asRoot }: CommandUser,
  cpus: number,
): readonly string[] {
  const variables: Record<string, string | undefined> = {
    ...environment,
    ...(other?.home !== undefined && { HOME: other.home }),
    ...(other?.name !== undefined && { USER: other.name, LOGNAME: other.name }),
    ...(other?.shell !== undefined && { SHELL: other.shell }),
  };
  for (const name of OF_THE_HOST) delete variables[name];
  for (const name of MAKE_FLAGS) {
    const flags = variables[name];
    if (flags !== undefined) variables[name] = withoutJobserver(flags, cpus);
  }
  const { PATH: path, XDG_RUNTIME_DIR: runtime } = variables;
  if (asRoot && path !== undefined) variables.PATH = rootPath(path);
  if (runtime !== undefined) variables.XDG_RUNTIME_DIR = `/run/user/${identity.uid}`;
  return Object.entries(variables).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`],
  );
}

/**
 * The flags of a make whose jobs are counted by a pipe or a fifo of the host (GNU make manual, "POSIX
 * Jobserver Interaction"), with a number of jobs instead. Definitions of variables follow "--".
 */
function withoutJobserver(flags: string, cpus: number): string {
  const end = /(?:^| )-- /.exec(flags)?.index ?? flags.length;
  const own = flags.slice(0, end);
  const kept = own.replace(/(^| )--jobserver-(?:auth|fds)=\S*/g, "");
  if (kept === own) return flags;
  const jobs = kept.replace(/(^| )-j\d*(?= |$)/g, "");
  return `${jobs} -j${cpus}${flags.slice(end)}`;
}
