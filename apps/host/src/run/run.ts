import { pruneDaily } from "../cache/prune-daily.ts";
import { gdbSentence } from "../capabilities/gdb/gdb.ts";
import { Failure } from "../failure.ts";
import { MOMENTS } from "../guest/script.ts";
import type { FetchImage } from "../kernels/resolve.ts";
import type { Machine } from "../machine/machine.ts";
import type { Reporter } from "../report/reporter.ts";
import { Session, type Streams } from "../session/session.ts";
import type { Settings } from "../settings/index.ts";
import { readingFrom, writingTo } from "../system/pumps.ts";
import { bootFresh, type Launch, plannedLaunch, resumeClone } from "../templates/clone.ts";
import { conduct } from "./conduct.ts";
import { type Environment, prepare } from "./prepare.ts";
import { Watch } from "./watch.ts";

/** Runs a command in a machine; resolves to vimto's exit status. */
export async function exec(
  settings: Settings,
  argv: readonly string[],
  environment: Environment,
  fetchImage: FetchImage,
  reporter: Reporter,
): Promise<number> {
  const moment = (name: string) => reporter.moment(name);
  const prepared = await prepare(settings, argv, environment, fetchImage, moment);
  for (const warning of [...settings.warnings, ...prepared.warnings]) reporter.notice(warning);
  const watch = new Watch({
    timeoutMs: settings.timeoutMs,
    bootLimit: settings.gdbPort === undefined,
  });
  let launch: Launch | undefined;
  try {
    launch = await watch.guard(plannedLaunch(settings, prepared, reporter));
    const streams = await hostStreams();
    const run: Run = { launch, settings, streams, watch };
    const status = settings.fresh ? undefined : await runClone(run);
    return status ?? (await runFresh(run));
  } finally {
    watch.release();
    await launch?.endMachines();
    moment("machine ended");
    await pruneDaily(prepared.cache);
  }
}

type Run = {
  readonly launch: Launch;
  readonly settings: Settings;
  readonly streams: Streams;
  readonly watch: Watch;
};

/** A clone answers at once; one that has not after so long never will, even where it is emulated. */
const CLONE_LIMIT_MS = 60_000;

async function hostStreams(): Promise<Streams> {
  const [stdout, stderr] = await Promise.all([writingTo(1), writingTo(2)]);
  return { stdin: () => readingFrom(0), stdout, stderr };
}

/** Undefined when there is no clone to be had, or it failed before it did anything. */
async function runClone(run: Run): Promise<number | undefined> {
  const { launch, watch } = run;
  const clone = await watch.guard(resumeClone(launch));
  if (clone === undefined) return undefined;
  const { clockBehindMs } = clone;
  const prepared = {
    ...launch.prepared,
    machine: { ...launch.prepared.machine, clockBehindMs },
  };
  const session = newSession(run, clone.machine, true);
  session.expectLife(CLONE_LIMIT_MS);
  try {
    return await conduct(session, prepared, run.settings, launch.reporter);
  } catch (error) {
    if (session.heard || watch.over || !isMachines(error)) {
      await session.abandon();
      throw error;
    }
    await clone.machine.end();
    clone.drop();
    launch.reporter.moment(`the clone failed: ${String(error)}; booting`);
    return undefined;
  }
}

/** Whether it is the machine's fault, and another machine may do better. */
const isMachines = (error: unknown): boolean =>
  error instanceof Failure &&
  ["qemu", "channel", "panic", "powered-off", "guest-init"].includes(error.code);

async function runFresh(run: Run): Promise<number> {
  const { launch, watch } = run;
  const machine = await watch.guard(bootFresh(launch));
  launch.reporter.moment("QEMU started");
  const { gdbPort } = run.settings;
  const session = newSession(run, machine, false);
  try {
    if (gdbPort !== undefined && (await watch.guard(answers(machine))))
      launch.reporter.warn(gdbSentence(gdbPort, launch.prepared.image));
    await watch.guard(session.hello());
    launch.reporter.moment("guest is up");
    return await conduct(session, launch.prepared, run.settings, launch.reporter);
  } catch (error) {
    await session.abandon();
    throw error;
  }
}

/** Whether QEMU is up, its port for gdb too; why it is not is what ends the session. */
const answers = ({ qmp }: Machine): Promise<boolean> =>
  qmp.then(
    () => true,
    () => false,
  );

function newSession(run: Run, machine: Machine, greeted: boolean): Session {
  const { reporter } = run.launch;
  const session = new Session(machine, run.streams, greeted, {
    started: () => reporter.moment("command started"),
    moment: (index, ns) => reporter.guestMoment(MOMENTS[index] ?? "", Number(ns) / 1e6),
  });
  run.watch.attach(session);
  return session;
}
