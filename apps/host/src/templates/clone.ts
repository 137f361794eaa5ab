import { loadState, loadUri, resume } from "@vimto/qemu";
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

/** A template that was there, or was just made, and does not resume. */
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

/** A kernel that fails by itself does so without a template too. */
const failsFreshToo = (error: unknown): boolean =>
  error instanceof Failure && ["panic", "guest-init", "powered-off"].includes(error.code);

async function clone(
  { cache, qemu, machines, emit }: TemplateInputs,
  spec: MachineSpec,
  template: Template,
): Promise<Omit<Clone, "drop">> {
  const machine = await machines.start(
    {
      ...spec,
      kernel: await kernelToResume(cache, spec.kernel),
      initramfs: undefined,
      memoryFile: { path: memoryPath, share: false },
      incoming: true,
    },
    [template.memory, template.state],
  );
  emit({ kind: "moment", moment: "qemu-started" });
  const limit = setTimeout(() => machine.end(), STATE_LIMIT_MS);
  try {
    const qmp = await machine.qmp;
    await loadState(qmp, loadUri(qemu.version, FILES.state));
    emit({ kind: "moment", moment: "state-loaded" });
    const resumed = await resume(qmp);
    emit({ kind: "moment", moment: "resumed" });
    return { machine, clockBehindMs: resumed - template.clock };
  } catch (error) {
    await machine.end();
    throw new TemplateError("the template does not resume", { cause: error });
  } finally {
    clearTimeout(limit);
  }
}
