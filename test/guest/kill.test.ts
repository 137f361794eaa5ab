import { existsSync, readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  commandLine,
  eachKernel,
  emptyDirectory,
  markedProcesses,
  Running,
  sharedCache,
  until,
  vimto,
} from "../harness/index.ts";

const signals = ["SIGKILL", "SIGTERM"] as const;
const isQemu = ({ command }: { command: string }) => /^\S*qemu-system-/.test(command);

/** Each stage of a run: what runs in the guest and how the host knows that it is there. */
const stages: readonly {
  readonly name: string;
  readonly guest: string;
  readonly emptyCache?: true;
  /** It lasts no longer than it takes, so that the run may be over when the signal is sent. */
  readonly passes?: true;
  readonly reached: (running: Running, cache: string) => Promise<unknown>;
}[] = [
  {
    name: "before QEMU",
    guest: "sleep 1000",
    emptyCache: true,
    reached: (_running, cache) =>
      until(
        "the cache has something in it",
        300,
        () => existsSync(cache) && readdirSync(cache, { recursive: true }).length > 1,
      ),
  },
  {
    name: "while it boots",
    guest: "sleep 1000",
    reached: ({ mark }) => until("QEMU runs", 300, () => markedProcesses(mark).some(isQemu)),
  },
  {
    name: "while the command runs",
    guest: "echo ready; sleep 1000",
    reached: ({ stdout }) => stdout.find(/ready\n/),
  },
  {
    name: "while it ends",
    guest: "echo ready",
    passes: true,
    reached: ({ stdout }) => stdout.find(/ready\n/),
  },
];

for (const signal of signals) {
  eachKernel(`${signal} of vimto`, ["builtin-6.12", "debian-6.1"], (kernel) => {
    describe(kernel.name, () => {
      test.each(stages)("$name", async ({ guest, emptyCache, passes, reached }) => {
        const cache = emptyCache ? emptyDirectory("cache") : sharedCache;
        const running = new Running(commandLine(kernel.path, [], guest), { cache });
        try {
          await reached(running, cache);
          running.process.kill(signal);
          const { status, stderr } = await running.result();
          const ended = signal === "SIGKILL" ? 137 : 143;
          expect(passes ? [0, ended] : [ended]).toContain(status);
          if (signal === "SIGKILL" || status === 0) expect(stderr).toBe("");
          await running.leavesNothing();
        } finally {
          running.kill();
        }
        // Whatever it left in the cache is no hindrance.
        const next = await vimto(commandLine(kernel.path, [], "echo ran"), { cache });
        expect({ ...next, stdout: new TextDecoder().decode(next.stdout) }).toEqual({
          status: 0,
          stdout: "ran\n",
          stderr: "",
        });
      });
    });
  });
}
