import { expect, test } from "vitest";
import { isHeldUp, usage } from "./usage.ts";

test("a process that was stopped is held up, and one that waits for data is not", async () => {
  const child = Bun.spawn(["cat"], { stdin: "pipe", stdout: "pipe" });
  try {
    child.stdin.write("here\n");
    await child.stdin.flush();
    await child.stdout.getReader().read();
    expect(isHeldUp(child.pid)).toBe(false);
    child.kill("SIGSTOP");
    while (!isHeldUp(child.pid)) await Bun.sleep(10);
  } finally {
    child.kill("SIGKILL");
    await child.exited;
  }
  expect(isHeldUp(child.pid)).toBe(false);
});

test("CPU time is in seconds, and grows", () => {
  const before = usage(process.pid).cpu;
  expect(before).toBeLessThan(process.uptime() * navigator.hardwareConcurrency);
  while (usage(process.pid).cpu === before);
  expect(usage(0x7fffffff)).toEqual({ majorFaults: Number.NaN, cpu: Number.NaN });
});
