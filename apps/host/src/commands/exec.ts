import { statSync } from "node:fs";
import { initramfs } from "../artefacts/initramfs.ts";
import type { FetchImage } from "../kernels/resolve.ts";
import { Machine } from "../machine/machine.ts";
import { machineCommandLine, machineMemoryMiB } from "../plan/machine.ts";
import { MOMENTS } from "../plan/script.ts";
import type { Reporter } from "../report/reporter.ts";
import { Session } from "../session/session.ts";
import { watch } from "../session/watch.ts";
import type { Settings } from "../settings/index.ts";
import { readingFrom, writingTo } from "../system/pumps.ts";
import { conduct } from "./conduct.ts";
import { type Environment, prepare } from "./prepare.ts";

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
  const release = watch(session, settings.timeoutMs);
  try {
    await session.hello();
    return await conduct(session, prepared, settings, reporter);
  } catch (error) {
    await session.abandon();
    throw error;
  } finally {
    release();
    await machine.end();
    moment("machine ended");
  }
}
