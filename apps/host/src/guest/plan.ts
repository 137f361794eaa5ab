import type { Architecture } from "@vimto/linux";
import type { Capability } from "../capabilities/capability.ts";
import type { ShareTransport } from "../capabilities/share-transport.ts";
import type { HostFacts, SharedDirectory } from "../host/facts.ts";
import type { Identity } from "../host/identity.ts";
import type { KernelImage } from "../kernels/image.ts";
import type { SettingsCommand } from "../settings/settings.ts";
import { commandEnvironment } from "./command.ts";
import type { CommandPlan, GuestPlan } from "./script.ts";
import { withShellOnFailure } from "./shell-on-failure.ts";
import type { TerminalPlan } from "./terminal.ts";

/** A command of setup or teardown. */
export type Hook = { readonly text: string; readonly command: CommandPlan };

export type RunPlan = {
  readonly architecture: Architecture;
  readonly guest: GuestPlan;
  readonly command: CommandPlan;
  readonly setup: readonly Hook[];
  readonly teardown: readonly Hook[];
};

export type PlanInputs = {
  readonly architecture: Architecture;
  readonly host: HostFacts;
  readonly kernel: Pick<KernelImage, "release" | "overlay" | "merges" | "modules">;
  /** The command; the first word is the program. */
  readonly argv: readonly string[];
  readonly cpus: number;
  readonly setup: readonly SettingsCommand[];
  readonly teardown: readonly SettingsCommand[];
  /** Undefined: the caller. */
  readonly user: Identity | undefined;
  readonly root: Identity;
  readonly shares: readonly SharedDirectory[];
  readonly transports: { readonly layers: ShareTransport; readonly shares: ShareTransport };
  readonly capabilities: readonly Capability[];
  /** stdout and stderr are one file on the host. */
  readonly merged: boolean;
  readonly terminal?: TerminalPlan | undefined;
  /** Whether a command that failed on a terminal is followed by a shell. */
  readonly shellOnFailure?: boolean;
  /** Which of the descriptors 0 to 2 are closed on the host. */
  readonly closed: readonly number[];
};

/** What happens in the guest of one run: equal inputs give equal plans. */
export function planRun(inputs: PlanInputs): RunPlan {
  const { architecture, host, user, merged, closed, cpus } = inputs;
  const started = (
    argv: readonly string[],
    identity: Identity,
    programs: HostFacts["programs"],
    asRoot: boolean,
  ): CommandPlan => ({
    argv,
    environment: commandEnvironment(host.environment, { identity, other: user, asRoot }, cpus),
    candidates: programs.get(argv[0] ?? "") ?? [],
    identity,
    cwd: host.cwd,
    umask: host.umask,
    limits: host.limits,
    nice: host.nice,
    ignoresHangup: host.ignoresHangup,
    merged,
    closed,
  });
  // As root, with root's programs, and otherwise like the command itself, in its environment; its streams are
  // there in any case.
  const hook = ({ text, argv }: SettingsCommand): Hook => ({
    text,
    command: { ...started(argv, inputs.root, host.hookPrograms, true), closed: [] },
  });
  const command = started(inputs.argv, user ?? host.caller, host.programs, user?.uid === 0);
  const { terminal, shellOnFailure } = inputs;
  const onTerminal = { ...command, terminal };
  return {
    architecture,
    guest: planGuest(inputs),
    command:
      terminal === undefined
        ? command
        : shellOnFailure
          ? withShellOnFailure(onTerminal)
          : onTerminal,
    setup: inputs.setup.map(hook),
    teardown: inputs.teardown.map(hook),
  };
}

function planGuest({ host, kernel, shares, transports, capabilities }: PlanInputs): GuestPlan {
  const { release, overlay, merges, modules } = kernel;
  return {
    root: {
      image: overlay === undefined ? undefined : { merges },
      modules: modules && {
        release,
        directory: `/usr/lib/modules/${release}`,
        index: modules.index !== undefined,
      },
      closed: host.closed,
      shares,
      transports,
      capabilities,
    },
    hostname: host.hostname,
    sysctls: Object.assign({}, ...capabilities.map(({ sysctls }) => sysctls)),
  };
}
