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

test("CPU time is in seconds, whole ticks of it", () => {
  const seconds = () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  };
  const before = seconds();
  const { cpu } = usage(process.pid);
  // Each of the two parts is cut to ticks of 10 ms.
  expect(cpu).toBeGreaterThan(before - 0.05);
  expect(cpu).toBeLessThan(seconds() + 0.05);
});

test("a process that is gone has used nothing", () => {
  expect(usage(0x7fffffff)).toEqual({ majorFaults: 0, cpu: 0 });
});
