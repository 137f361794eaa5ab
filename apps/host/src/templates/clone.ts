import {
  formatVersion,
  isAtLeast,
  loadState,
  loadUri,
  plugFileServers,
  plugLimit,
  resume,
} from "@vimto/qemu";
import { Failure } from "../failure.ts";
import type { Machine } from "../machine/machine.ts";
import type { MachineSpec } from "../machine/spec.ts";
import { kernelToResume } from "./boot-stub.ts";
import { templateKey } from "./key.ts";
import { makeTemplate } from "./save.ts";
import { cannotKeep, dropTemplate, openTemplate, type Template } from "./store.ts";
import { FILES, memoryPath, STATE_LIMIT_MS, type TemplateInputs } from "./template.ts";

export type Clone = {
  readonly machine: Machine;
  /** How many milliseconds the guest's clock is behind the host's. */
  readonly clockBehindMs: number;
  /** Takes the template away because its clone failed. */
  drop(): void;
};

/** A template that existed or was just made, and does not resume. */
class TemplateError extends Error {}

/**
 * A machine that resumes from a template, which is made first if it does not exist; undefined, with an
 * event that says why, when that is not possible and a fresh boot is.
 *
 * @param runSpec the machine with the devices of this run
 */
export async function resumeClone(
  inputs: TemplateInputs,
  runSpec: () => Promise<MachineSpec>,
): Promise<Clone | undefined> {
  const { cache, emit } = inputs;
  const unpluggable = whyNotPlugged(inputs);
  if (unpluggable !== undefined) {
    emit({ kind: "fallback", from: "template", reason: unpluggable });
    return undefined;
  }
  let key: string | undefined;
  try {
    const name = templateKey(inputs);
    key = name;
    const template = openTemplate(cache, name) ?? (await makeTemplate(inputs, name));
    return {
      ...(await clone(inputs, await runSpec(), template)),
      drop: () => dropTemplate(cache, name),
    };
  } catch (error) {
    const resumes = !(error instanceof TemplateError);
    if (resumes && (!cannotKeep(error) || failsFreshToo(error))) throw error;
    if (!resumes && key !== undefined) dropTemplate(cache, key);
    const cause = resumes ? error : error.cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    emit({ kind: "fallback", from: "template", reason });
    return undefined;
  }
}

/** Why the file servers of a clone cannot be plugged in; undefined if they can. */
function whyNotPlugged({
  qemu,
  spec: { plugs, architecture },
}: TemplateInputs): string | undefined {
  if (plugs === undefined) return undefined;
  if (architecture !== "x86_64") return "virtiofs is plugged into machines of amd64 alone";
  // From this version on, ACPI tells guests of devices behind a port; before, they had to switch the port on.
  if (!isAtLeast(qemu.version, { major: 6, minor: 1, micro: 0 }))
    return `QEMU ${formatVersion(qemu.version)} does not plug virtiofs in; 6.1 does`;
  return plugs > plugLimit
    ? `${plugs} directories over virtiofs are more than the ${plugLimit} that can be plugged in`
    : undefined;
}

/** A kernel or a file server that fails by itself fails without a template too. */
const failsFreshToo = (error: unknown): boolean =>
  error instanceof Failure &&
  !error.transient &&
  ["panic", "guest-init", "powered-off", "file-server"].includes(error.code);

async function clone(
  { cache, qemu, machines, emit }: TemplateInputs,
  spec: MachineSpec,
  template: Template,
): Promise<Omit<Clone, "drop">> {
  const resumed: MachineSpec = {
    ...spec,
    kernel: await kernelToResume(cache, spec.kernel),
    initramfs: undefined,
    memoryFile: { path: memoryPath, share: false },
    incoming: true,
  };
  const { fileServers = [] } = spec;
  const machine =
    fileServers.length > 0
      ? await (await import("./shared-clone.ts")).startShared(machines, resumed, template)
      : await machines.start(resumed, [template.memory, template.state]);
  emit({ kind: "moment", moment: "qemu-started" });
  const limit = setTimeout(() => machine.end(), STATE_LIMIT_MS);
  try {
    const qmp = await machine.qmp;
    await loadState(qmp, loadUri(qemu.version, FILES.state));
    emit({ kind: "moment", moment: "state-loaded" });
    const tags = fileServers.map(({ tag }) => tag);
    if (tags.length > 0) await plugFileServers(qmp, tags);
    const clock = await resume(qmp);
    emit({ kind: "moment", moment: "resumed" });
    return { machine, clockBehindMs: clock - template.clock };
  } catch (error) {
    await machine.end();
    const failure = await machine.failure();
    // The template is not at fault, and a fresh boot would fail in the same way.
    if (failure.code === "file-server") throw failure;
    throw new TemplateError("the template does not resume", { cause: error });
  } finally {
    clearTimeout(limit);
  }
}
