import { describe, test } from "vitest";
import { compare, type Expected } from "./expected.ts";
import { type KernelChoice, type TestKernel, testKernels } from "./kernels.ts";
import { mayLack, needs } from "./skip.ts";
import { Running, type RunOptions } from "./vimto.ts";

/** The two halves of a test: what runs in the guest, and what the host does and expects meanwhile. */
export interface VmTest extends RunOptions, Expected {
  /** Another kernel than the one that the test is called back for, such as one made of it. */
  readonly kernel?: string;
  /** Options in front of `exec`. */
  readonly flags?: readonly string[];
  /** The command; a string is one for `sh -c`. */
  readonly guest: string | readonly string[];
  /** What the host does while the guest runs. */
  readonly host?: (running: Running) => Promise<void>;
  /** What else must hold when the run is over. */
  readonly after?: () => void | Promise<void>;
}

export const commandLine = (
  kernel: string,
  flags: readonly string[],
  guest: VmTest["guest"],
): string[] => {
  const command = typeof guest === "string" ? ["sh", "-c", guest] : guest;
  return ["--kernel", kernel, ...flags, "exec", "--", ...command];
};

/** Calls back for each kernel of the choice; a kernel that is missing makes a test that skips. */
export function eachKernel(
  name: string,
  choice: KernelChoice,
  define: (kernel: TestKernel) => void,
): void {
  const kernels = testKernels(choice, name);
  describe(name, () => {
    if (kernels.length === 0)
      test("no kernel", (context) =>
        needs(context, false, "VIMTO_TEST_KERNELS names none of its kernels"));
    for (const kernel of kernels) {
      const { missing, optional } = kernel;
      if (missing === undefined) define(kernel);
      else
        test(kernel.name, (context) =>
          optional ? mayLack(context, missing) : needs(context, false, missing),
        );
    }
  });
}

/** How the machine of a test comes to be: it boots, or it is a clone, as it is when nobody asks. */
export interface Way {
  /** For names of tests. */
  readonly label: string;
  readonly flags: readonly string[];
  /** The same for VIMTO_START, which is unset where nobody asks. */
  readonly start: "fresh" | undefined;
}

/**
 * Calls back for each kernel of the choice and each way: clones on all of them, fresh boots on each
 * or, as they take longer, on the first that is there.
 */
export function eachWay(
  name: string,
  choice: KernelChoice,
  freshOn: "each" | "first",
  define: (kernel: TestKernel, way: Way) => void,
): void {
  let first: TestKernel | undefined;
  eachKernel(name, choice, (kernel) => {
    first ??= kernel;
    define(kernel, { label: `${kernel.name}, clone`, flags: [], start: undefined });
    if (freshOn === "each" || kernel === first)
      define(kernel, { label: `${kernel.name}, fresh`, flags: ["--fresh"], start: "fresh" });
  });
}

/** What to boot, or a function of the kernel for tests that need files of their own for each. */
export type PerKernel<T> = T | ((kernel: TestKernel) => T);

/** Boots a guest on every kernel, once fresh besides, and compares what it printed and ended with. */
export function vmTest(name: string, spec: PerKernel<VmTest>): void {
  vmTestOn("all", name, spec);
}

/** The same on fewer kernels, for what does not depend on the kernel. */
export function vmTestOn(kernels: KernelChoice, name: string, spec: PerKernel<VmTest>): void {
  eachWay(name, kernels, "first", (kernel, way) => {
    test(way.label, () => {
      const { flags = [], ...rest } = typeof spec === "function" ? spec(kernel) : spec;
      return bootAndCompare(kernel, { ...rest, flags: [...way.flags, ...flags] });
    });
  });
}

/** One boot of one kernel, for tests that are not the same on each. */
export async function bootAndCompare(kernel: TestKernel, spec: VmTest): Promise<void> {
  const running = new Running(
    commandLine(spec.kernel ?? kernel.path, spec.flags ?? [], spec.guest),
    spec,
  );
  try {
    await spec.host?.(running);
    compare(await running.result(), spec);
    await running.leavesNothing();
    await spec.after?.();
  } finally {
    running.kill();
  }
}
