import { beforeAll, expect, test } from "vitest";
import { compare, type Expected } from "./expected.ts";
import type { KernelChoice } from "./kernels.ts";
import { type RunOptions, type RunResult, vimto } from "./vimto.ts";
import { commandLine, eachWay, type PerKernel } from "./vm-test.ts";

/** A shell command in the guest and what it must print; exact, as in a vmTest. */
export interface Check extends Expected {
  readonly guest: string;
}

export interface Checks extends RunOptions {
  readonly flags?: readonly string[];
  /** The name of each test and its check. */
  readonly checks: Readonly<Record<string, Check>>;
}

/**
 * Many small tests in one boot, and the same in a clone: each check runs in a shell of its own, one after the other, with
 * stdin empty, and is compared by itself.
 */
export function vmChecks(name: string, spec: PerKernel<Checks>): void {
  vmChecksOn("all", name, spec);
}

/** The same on fewer kernels. */
export function vmChecksOn(kernels: KernelChoice, name: string, spec: PerKernel<Checks>): void {
  eachWay(name, kernels, "each", (kernel, way) => {
    const { checks, flags = [], ...options } = typeof spec === "function" ? spec(kernel) : spec;
    const entries = Object.entries(checks);
    let results: readonly RunResult[] = [];

    beforeAll(async () => {
      const script = entries.map(([, { guest }]) => guarded(guest)).join("\n");
      const boot = await vimto(
        commandLine(kernel.path, [...way.flags, ...flags], `d=$(mktemp -d -p /var/tmp)\n${script}`),
        options,
      );
      expect({ status: boot.status, stderr: boot.stderr }).toEqual({ status: 0, stderr: "" });
      results = split(boot.stdout);
    });

    entries.forEach(([title, check], index) => {
      test(`${way.label}: ${title}`, () => {
        const result = results[index];
        if (result === undefined) throw new Error("the guest ended before this check ran");
        compare(result, check);
      });
    });
  });
}

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** The check with its output in files, then "STATUS BYTES BYTES\n" and the two outputs. */
const guarded = (command: string) => `
sh -c ${quote(command)} </dev/null >"$d/out" 2>"$d/err"
printf '%d %d %d\\n' $? $(stat -c %s "$d/out" "$d/err"); cat "$d/out" "$d/err"`;

function split(bytes: Uint8Array): RunResult[] {
  const results: RunResult[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(0x0a, at);
    const head = new TextDecoder().decode(bytes.subarray(at, end)).split(" ").map(Number);
    const [status = 0, out = 0, err = 0] = head;
    const stdout = bytes.subarray(end + 1, end + 1 + out);
    const stderr = new TextDecoder().decode(bytes.subarray(end + 1 + out, end + 1 + out + err));
    results.push({ status, stdout, stderr });
    at = end + 1 + out + err;
  }
  return results;
}
