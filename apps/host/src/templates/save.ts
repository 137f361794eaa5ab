import { statfsSync } from "node:fs";
import { aFrame, WireError } from "@vimto/protocol/frames";
import { pause, savedMarker, saveState, saveUri } from "@vimto/qemu";
import type { Cache } from "../cache/cache.ts";
import { Failure } from "../failure.ts";
import { MOMENTS } from "../guest/script.ts";
import { Channel } from "../session/channel.ts";
import { clockAhead } from "./guest-clock.ts";
import { draftTemplate, openTemplate, type Template, type TemplateFiles } from "./store.ts";
import { FILES, memoryPath, STATE_LIMIT_MS, type TemplateInputs } from "./template.ts";

/** Room that must be left on the cache's file system, the template's own state included. */
const SPARE_MIB = 16;

/**
 * Boots a machine up to hello, saves it and opens it again; another process may do that instead. Throws
 * Failure, and the error of a cache that cannot be written.
 */
export async function makeTemplate(inputs: TemplateInputs, key: string): Promise<Template> {
  const { cache, spec, about, emit } = inputs;
  const unlock = await cache.lock(`templates/${key}`);
  if (unlock === undefined)
    throw new Failure("cache", "another process makes the same template and does not finish");
  try {
    const made = openTemplate(cache, key);
    if (made !== undefined) return made;
    demandRoom(cache, spec.memoryMiB);
    const draft = draftTemplate(cache, key);
    try {
      draft.publish(about, await save(inputs, draft));
    } finally {
      draft.discard();
    }
    emit({ kind: "moment", moment: "template-saved" });
    const saved = openTemplate(cache, key);
    if (saved === undefined) throw new Failure("cache", "what was saved is not in the cache");
    return saved;
  } finally {
    unlock();
  }
}

/** QEMU dies of SIGBUS when a page of the machine's memory finds no room (mmap(2)). */
function demandRoom({ directory }: Cache, memoryMiB: number): void {
  const { bavail, bsize } = statfsSync(directory);
  const free = Math.floor((bavail * bsize) / 2 ** 20);
  if (free >= memoryMiB + SPARE_MIB) return;
  throw new Failure(
    "cache",
    `it takes ${memoryMiB + SPARE_MIB} MiB, and the cache has room for ${free}`,
  );
}

/** Resolves to the guest's clock at the moment when the machine stopped. */
async function save(inputs: TemplateInputs, files: TemplateFiles): Promise<number> {
  const { machines, spec, emit } = inputs;
  const machine = await machines.start({ ...spec, memoryFile: { path: memoryPath, share: true } }, [
    files.memory,
    files.state,
  ]);
  const failure = machine.failure().then((reason) => Promise.reject(reason));
  failure.catch(() => {});
  let limit: ReturnType<typeof setTimeout> | undefined;
  try {
    const broken = Promise.withResolvers<never>();
    const channel = new Channel(machine.channel, false, {
      moment: (index, ns) =>
        emit({ kind: "guest-moment", name: MOMENTS[index] ?? "", ms: Number(ns) / 1e6 }),
      frame: ({ kind }) => {
        throw new WireError("handshake", `${aFrame(kind)} came before any script was given`);
      },
      fault: broken.reject,
    });
    await Promise.race([channel.up, broken.promise, failure]);
    emit({ kind: "moment", moment: "guest-up" });
    limit = setTimeout(() => machine.end(), STATE_LIMIT_MS);
    const qmp = await machine.qmp;
    return await Promise.race([
      (async () => {
        const ahead = await clockAhead(() => channel.clock());
        const paused = await pause(qmp);
        await saveState(qmp, saveUri(FILES.state));
        await machine.said(savedMarker);
        return paused + ahead;
      })(),
      failure,
    ]);
  } finally {
    clearTimeout(limit);
    await machine.end();
  }
}
