import { Machines } from "../machine/machines.ts";
import { resumeClone } from "../templates/clone.ts";
import { blueprint } from "./blueprint.ts";
import { prepare } from "./prepare.ts";
import type { RunRequest } from "./request.ts";
import { Watch } from "./watch.ts";

/**
 * Makes everything that the runs of one kernel share, so that later runs that start at once do not each make
 * it, and errors show early. Resolves to the kernel's release. Rejects with what `run` would report.
 */
export async function prime(request: RunRequest): Promise<{ readonly release: string }> {
  const { settings, kernel, emit } = request;
  const watch = new Watch(request.signals);
  let machines: Machines | undefined;
  try {
    const located = await watch.fetching((signal) =>
      kernel.locate({ signal, emit: (event) => emit({ kind: "pull", event }) }),
    );
    const prepared = await watch.guard(prepare(request, located));
    emit({ kind: "moment", moment: "resolved" });
    for (const text of [...settings.warnings, ...prepared.warnings]) emit({ kind: "notice", text });
    watch.limit({ timeoutMs: settings.timeoutMs, bootLimit: true });
    machines = new Machines(prepared.qemu.path, emit, () =>
      request.programs.places(prepared.architecture),
    );
    const started = machines;
    watch.observe(() => started.tail());
    const plans = await watch.guard(blueprint(prepared, request));
    emit({ kind: "moment", moment: "initramfs-ready" });
    const { release } = located.files;
    if (settings.fresh) return { release };
    await watch.guard(resumeClone(plans.template(machines, emit), plans.clone));
    return { release };
  } finally {
    watch.release();
    await machines?.end();
  }
}
