import type { Architecture } from "@vimto/linux";
import { QemuError } from "@vimto/qemu";
import { gdbSentence } from "../capabilities/gdb/gdb.ts";
import type { RunEvent } from "../events.ts";
import { Failure } from "../failure.ts";
import type { Renewal } from "../guest/renew.ts";
import { MOMENTS } from "../guest/script.ts";
import { hangUpScript, resizeScript } from "../guest/terminal.ts";
import type { Machine } from "../machine/machine.ts";
import { Machines } from "../machine/machines.ts";
import { isHeldUp, usage } from "../machine/usage.ts";
import { FAILED } from "../report/status.ts";
import { Session, type Streams } from "../session/session.ts";
import type { GuestScript } from "../steps.ts";
import { resumeClone } from "../templates/clone.ts";
import { type Blueprint, blueprint } from "./blueprint.ts";
import { conduct, type Ended } from "./conduct.ts";
import { FirstWords } from "./first-words.ts";
import { type Prepared, prepare } from "./prepare.ts";
import { watchPulse } from "./pulse.ts";
import { bootedNow, resumedBehind } from "./renewal.ts";
import type { RunRequest } from "./request.ts";
import type { RunResult } from "./result.ts";
import { Interrupted, Watch } from "./watch.ts";

/**
 * Runs a command on a kernel. Never rejects: whatever goes wrong is in the result. It can be called any
 * number of times, also at once; each call has its own machines and ends them.
 */
export async function run(request: RunRequest): Promise<RunResult> {
  const began = performance.now();
  const moments = new Map<string, number>();
  const emit = (event: RunEvent) => {
    const moment = event.kind === "moment" ? event.moment : undefined;
    if (moment !== undefined) moments.set(moment, performance.now() - began);
    request.emit(event);
  };
  const words = new FirstWords();
  const state: { release?: string } = {};
  const result = (rest: Pick<RunResult, "outcome" | "status" | "exit" | "reason">): RunResult => ({
    ...rest,
    release: state.release,
    moments,
    firstWords: words.lines,
  });
  try {
    const ended = await perform({ ...request, emit }, words, state);
    const outcome = ended.status === 0 ? "passed" : "failed";
    return result({ outcome, ...ended });
  } catch (reason) {
    const status = reason instanceof Interrupted ? reason.status : FAILED;
    return result({ outcome: "could-not-run", status, exit: undefined, reason });
  }
}

async function perform(
  request: RunRequest,
  words: FirstWords,
  state: { release?: string },
): Promise<Ended> {
  const { settings, kernel, emit } = request;
  const watch = new Watch(request.signals);
  let machines: Machines | undefined;
  try {
    const located = await watch.fetching((signal) =>
      kernel.locate({ signal, emit: (event) => emit({ kind: "pull", event }) }),
    );
    state.release = located.files.release;
    const prepared = await watch.guard(prepare(request, located));
    emit({ kind: "moment", moment: "resolved" });
    for (const text of [...settings.warnings, ...prepared.warnings]) emit({ kind: "notice", text });
    for (const text of [...(located.details ?? []), ...prepared.details])
      emit({ kind: "detail", text });
    watch.limit({ timeoutMs: settings.timeoutMs, bootLimit: settings.gdbPort === undefined });
    machines = new Machines(prepared.qemu.path, emit, () =>
      request.programs.places(prepared.architecture),
    );
    const started = machines;
    watch.observe(() => started.tail());
    const plans = await watch.guard(blueprint(prepared, request));
    emit({ kind: "moment", moment: "initramfs-ready" });
    const streams = await request.streams.open();
    const going: Going = { request, prepared, plans, machines, streams, watch, words };
    return (settings.fresh ? undefined : await runClone(going)) ?? (await runFresh(going));
  } finally {
    watch.release();
    request.streams.terminal?.end();
    await machines?.end();
    emit({ kind: "moment", moment: "machine-ended" });
  }
}

/** A run on its way. */
type Going = {
  readonly request: RunRequest;
  readonly prepared: Prepared;
  readonly plans: Blueprint;
  readonly machines: Machines;
  readonly streams: Streams;
  readonly watch: Watch;
  readonly words: FirstWords;
};

/** A clone answers at once; one that has not after so long never will, even where it is emulated. */
const CLONE_LIMIT_MS = 60_000;

/** Undefined when no clone can be made, or it failed before it did anything. */
async function runClone(going: Going): Promise<Ended | undefined> {
  const { plans, machines, watch, request } = going;
  const { emit } = request;
  const clone = await watch.guard(resumeClone(plans.template(machines, emit), plans.clone));
  if (clone === undefined) return undefined;
  await announce(going, clone.machine);
  const session = newSession(going, clone.machine, true);
  session.expectLife(CLONE_LIMIT_MS);
  try {
    return await conducted(going, session, clone.machine, resumedBehind(clone.clockBehindMs));
  } catch (error) {
    if (session.heard || watch.over || !isMachines(error)) {
      await session.abandon();
      throw error;
    }
    await clone.machine.end();
    clone.drop();
    emit({ kind: "fallback", from: "clone", reason: String(error) });
    return undefined;
  }
}

/** Whether the machine is at fault, so that another one may do better. */
const isMachines = (error: unknown): boolean =>
  error instanceof Failure &&
  ["qemu", "channel", "panic", "powered-off", "guest-init"].includes(error.code);

/** How many machines a run boots at the most, where QEMU's own fault ends them before the guest has said hello. */
const BOOTS = 3;

async function runFresh(going: Going): Promise<Ended> {
  for (let boots = 1; ; boots++) {
    const ended = await boot(going, boots === BOOTS);
    if (ended !== undefined) return ended;
  }
}

/** Undefined when another boot may do better, unless this is the last one. */
async function boot(going: Going, last: boolean): Promise<Ended | undefined> {
  const { plans, machines, watch, request, prepared } = going;
  const { emit, settings } = request;
  const machine = await watch.guard(machines.start(plans.fresh()));
  emit({ kind: "moment", moment: "qemu-started" });
  const { gdbPort } = settings;
  const session = newSession(going, machine, false);
  try {
    if (gdbPort !== undefined && (await watch.guard(answers(machine))))
      emit({ kind: "warning", text: gdbSentence(gdbPort, prepared.kernel.files) });
    await announce(going, machine);
    await watch.guard(session.hello());
    emit({ kind: "moment", moment: "guest-up" });
    const ready = prepared.kernel.modules?.index?.ready;
    if (ready !== undefined) {
      await watch.guard(session.orFailure(ready));
      emit({ kind: "moment", moment: "modules-indexed" });
    }
    return await conducted(going, session, machine, bootedNow());
  } catch (error) {
    const again = error instanceof Failure && error.transient && gdbPort === undefined;
    if (!again || last || session.heard || watch.over) {
      await session.abandon();
      throw error;
    }
    await machine.end();
    emit({ kind: "fallback", from: "boot", reason: error.message });
    return undefined;
  }
}

const goneQemu = (error: unknown): [] => {
  if (error instanceof QemuError && error.code === "qmp-closed") return [];
  throw error;
};

/** Tells the user what to know of a machine before the command runs; the failure of a machine is told elsewhere. */
async function announce({ prepared, watch, request }: Going, { qmp }: Machine): Promise<void> {
  for (const { announce } of prepared.capabilities) {
    if (announce === undefined) continue;
    const texts = await watch.guard(qmp.then(announce).catch(goneQemu));
    for (const text of texts) request.emit({ kind: "warning", text });
  }
}

/** Whether QEMU is up, its port for gdb too; why it is not is what ends the session. */
const answers = ({ qmp }: Machine): Promise<boolean> =>
  qmp.then(
    () => true,
    () => false,
  );

const UNWRITTEN =
  "file systems of the guest still had to write, and wrote nothing for 5 seconds, so that some of what they hold for files of the host may be lost; unmount those on loop devices before the command ends";

function newSession(
  { request, prepared, streams, watch, words }: Going,
  machine: Machine,
  resumed: boolean,
) {
  const { emit } = request;
  const { terminal } = request.streams;
  /** Runs a script about the command; false when that does not run. */
  const beside = (script: (arch: Architecture, pid: number) => GuestScript): boolean => {
    const { commandPid, running } = session;
    if (!running || commandPid === undefined) return false;
    session.runBeside(script(prepared.architecture, commandPid));
    return true;
  };
  const session: Session = new Session(machine, streams, resumed, {
    started: () => {
      emit({ kind: "moment", moment: "command-started" });
      terminal?.begin({
        resized: (size) => beside((arch, pid) => resizeScript(arch, pid, size)),
        escaped: () => watch.stop("the machine was ended by ~."),
      });
    },
    hungUp: () => beside(hangUpScript),
    moment: (index, ns) =>
      emit({ kind: "guest-moment", name: MOMENTS[index] ?? "", ms: Number(ns) / 1e6 }),
    unwritten: () => emit({ kind: "warning", text: UNWRITTEN }),
    output: (stream, bytes) => words.push(stream, bytes),
  });
  watch.attach(session);
  return session;
}

async function conducted(
  { request, prepared }: Going,
  session: Session,
  { pid }: Machine,
  renewal: Renewal,
): Promise<Ended> {
  const { emit, settings } = request;
  const { plan, capabilities } = prepared;
  // A machine that gdb has stopped does not answer either.
  const qemu = () => ({ cpu: usage(pid).cpu, heldUp: isHeldUp(pid) });
  const release = settings.gdbPort === undefined && watchPulse(session, qemu);
  try {
    return await conduct({ session, plan, renewal, memoryBytes: settings.memoryBytes, emit });
  } finally {
    if (release) release();
    for (const { afterwards } of capabilities)
      for (const text of afterwards?.() ?? []) emit({ kind: "warning", text });
  }
}
