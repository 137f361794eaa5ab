import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const program = `
const { onSuspension } = await import(${JSON.stringify(join(import.meta.dirname, "suspension.ts"))});
const say = (text) => require("node:fs").writeSync(1, text + "\\n");
let stops = 0;
onSuspension(async () => { await Bun.sleep(1); say("before " + ++stops); }, () => say("after " + stops));
setInterval(() => {}, 1000);
say("pid " + process.pid);
`;

/** Runs it below a command that starts its last arguments; `until` resolves when the output has a text. */
function started(command: readonly string[]) {
  const child = Bun.spawn([...command, process.execPath, "-e", program], {
    stdin: "pipe",
    stdout: "pipe",
  });
  const reader = child.stdout.getReader();
  let text = "";
  const until = async (wanted: string) => {
    while (!text.includes(wanted)) {
      const { value, done } = await reader.read();
      if (done) throw new Error(`no ${JSON.stringify(wanted)} in ${JSON.stringify(text)}`);
      text += new TextDecoder().decode(value);
    }
    return text;
  };
  const end = async (pid: number) => {
    process.kill(pid, "SIGKILL");
    child.kill();
    await child.exited;
  };
  return { until, end };
}
const pidOf = (text: string) => Number(/pid (\d+)\n/.exec(text)?.[1]);
const stateOf = (pid: number) => /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1];

test("a process below a shell with jobs stops, each time, and goes on", async () => {
  const { until, end } = started(["bash", "-c", 'set -m; "$@" & cat', "-"]);
  const pid = pidOf(await until("pid "));
  try {
    for (const stop of [1, 2]) {
      process.kill(pid, "SIGTSTP");
      const text = await until(`before ${stop}\n`);
      await expect.poll(() => stateOf(pid), { timeout: 60_000 }).toBe("T");
      expect(text).not.toContain(`after ${stop}`);
      process.kill(pid, "SIGCONT");
      await until(`after ${stop}\n`);
      // Twice: behind the stop, and for SIGCONT, after which the next one is looked for.
      await until(`after ${stop}\nafter ${stop}\n`);
    }
  } finally {
    await end(pid);
  }
});

test("a process that no shell could continue goes on at once", async () => {
  const { until, end } = started(["setsid"]);
  const pid = pidOf(await until("pid "));
  try {
    process.kill(pid, "SIGTSTP");
    for (const time of [1, 2]) {
      process.kill(pid, "SIGTSTP");
      await until(`before ${time}\nafter ${time}\n`);
    }
    expect(stateOf(pid)).not.toBe("T");
  } finally {
    await end(pid);
  }
});
