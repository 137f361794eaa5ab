import { statSync } from "node:fs";
import { constants } from "node:os";
import { initramfs } from "../artefacts/initramfs.ts";
import { Failure } from "../failure.ts";
import type { FetchImage } from "../kernels/resolve.ts";
import { Machine } from "../machine/machine.ts";
import { machineCommandLine, machineMemoryMiB } from "../plan/machine.ts";
import { MOMENTS, runScript } from "../plan/script.ts";
import type { Reporter } from "../report/reporter.ts";
import { exitStatus } from "../report/status.ts";
import { notExecuted, stepFailure } from "../session/execFailure.ts";
import { Session } from "../session/session.ts";
import type { Settings } from "../settings/index.ts";
import { readingFrom, writingTo } from "../system/pumps.ts";
import { type Environment, prepare } from "./prepare.ts";

/** A kernel that has not come up after so long never will, even where it is emulated. */
const BOOT_LIMIT_MS = 10 * 60 * 1000;

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
  for (const warning of [...settings.warnings, ...prepared.warnings]) reporter.warn(warning);
  const { cache, image, architecture } = prepared;
  const archive = await initramfs(cache, { arch: architecture, modules: image.load });
  moment("initramfs ready");
  const line = machineCommandLine({
    architecture,
    accelerator: prepared.accelerator,
    cpus: settings.cpus,
    memoryMiB: machineMemoryMiB(settings.memoryBytes, statSync(archive.path).size),
    image,
    initramfs: archive.path,
    shares: prepared.shares,
    append: settings.append,
    gdbPort: settings.gdbPort,
  });
  const machine = await Machine.start({
    binary: prepared.qemu.path,
    arguments: line.arguments,
    onConsole: (text) => reporter.console(text),
  });
  moment("QEMU started");
  const [stdin, stdout, stderr] = await Promise.all([readingFrom(0), writingTo(1), writingTo(2)]);
  const session = new Session(machine, { stdin, stdout, stderr }, false, {
    hello: ({ marks }) => {
      for (const { name, ms } of marks) reporter.guestMoment(name, ms);
      moment("hello");
    },
    started: () => moment("command started"),
    moment: (index, ns) => reporter.guestMoment(MOMENTS[index] ?? "", Number(ns) / 1e6),
  });
  const release = watch(session, machine, settings);
  try {
    await session.hello();
    session.openStreams();
    const script = runScript(architecture, prepared.machine, prepared.command);
    const exit = await session.launch(script, (failure) => {
      const fatal = stepFailure(script, failure, settings.cwd);
      if (fatal) session.fail(fatal);
    });
    moment("command ended");
    await session.drained();
    moment("output and files written");
    const refused = notExecuted(script, session.failures, argv[0] ?? "");
    if (refused === undefined) return exitStatus(exit);
    reporter.warn(refused.sentence);
    return refused.status;
  } catch (error) {
    await session.abandon();
    throw error;
  } finally {
    release();
    await machine.end();
    moment("machine ended");
  }
}

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"] as const;
const ENDING: readonly string[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];

/** Signals go to the command; a second one, or one before it runs, ends the machine. So does time. */
function watch(session: Session, _machine: Machine, settings: Settings): () => void {
  let interrupted = false;
  const handlers = FORWARDED.map((name) => {
    const handler = () => {
      const number = constants.signals[name];
      if (session.running && !(interrupted && ENDING.includes(name))) {
        interrupted ||= ENDING.includes(name);
        session.signal(number);
      } else if (ENDING.includes(name)) session.fail(new Interrupted(name));
    };
    process.on(name, handler);
    return () => process.off(name, handler);
  });
  const timers: ReturnType<typeof setTimeout>[] = [];
  const after = (ms: number, run: () => void) => timers.push(setTimeout(run, ms));
  if (settings.timeoutMs !== undefined) {
    const limit = `${settings.timeoutMs / 1000} s`;
    after(settings.timeoutMs, () =>
      session.fail(
        new Failure(
          "timeout",
          session.running
            ? `the command was ended because it took longer than ${limit} (--timeout)`
            : `the guest had not come up after ${limit} (--timeout); --verbose shows its console`,
        ),
      ),
    );
  }
  after(BOOT_LIMIT_MS, () => {
    if (session.running) return;
    session.fail(
      new Failure(
        "boot",
        `the kernel did not start vimto's guest init within ${BOOT_LIMIT_MS / 60000} minutes`,
      ),
    );
  });
  return () => {
    for (const off of handlers) off();
    for (const timer of timers) clearTimeout(timer);
  };
}

/** The user ended the run. */
export class Interrupted extends Failure {
  readonly status: number;

  constructor(signal: "SIGINT" | "SIGTERM" | "SIGHUP" | "SIGQUIT" | "SIGUSR1" | "SIGUSR2") {
    super("interrupted", `the machine was ended by ${signal}`);
    this.status = 128 + constants.signals[signal];
  }
}
