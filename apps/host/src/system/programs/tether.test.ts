import { closeSync, readFileSync } from "node:fs";
import { architectures } from "@vimto/linux";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { pipeFrom } from "../../../../../libs/asm/src/testing/descriptors.ts";
import { emulator, start, Workshop } from "../../../../../libs/asm/src/testing/run.ts";
import { TETHER_PARENT_GONE, tether } from "./tether.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

/** What starts with `name` in /proc/PID/status. */
const status = (pid: number, name: string) =>
  new RegExp(`^${name}:\\t(.*)$`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];

describe.each(architectures)("tether on %s", (arch) => {
  const program = workshop.place(tether(), arch);

  /** Runs the command with its stdout in a pipe. */
  function run(cmd: readonly string[], env?: Record<string, string>) {
    const stdout = pipeFrom();
    const running = start(cmd, ["ignore", stdout.theirs], env);
    closeSync(stdout.theirs);
    return { ...running, stdout: stdout.ours };
  }

  const tethered = (context: TestContext, parent: number | string, ...cmd: string[]) => [
    ...emulator(context, arch),
    program,
    String(parent),
    ...cmd,
  ];

  test("becomes the program, with its arguments and the environment", async (context) => {
    const command = 'printf "%s|" "$0" "$@" "$A"; exit 7';
    const cmd = tethered(context, process.pid, "/bin/sh", "-c", command, "x", "", "y z");
    const { stdout, ended } = run(cmd, { A: "b c" });
    expect(text(await stdout.rest())).toBe("x||y z|b c|");
    expect(await ended).toBe(7);
  });

  test("the program is the same process, in a session of its own", async (context) => {
    const { pid, stdout, kill } = run(
      tethered(context, process.pid, "/bin/sh", "-c", "echo; exec sleep 60"),
    );
    await stdout.take(1);
    expect(status(pid, "NSsid")).toBe(String(pid));
    expect(status(pid, "NSpgid")).toBe(String(pid));
    expect(status(process.pid, "NSsid")).not.toBe(String(pid));
    kill();
    expect(await stdout.rest()).toEqual(new Uint8Array(0));
  });

  test("starts nothing when the parent has ended already", async (context) => {
    for (const parent of [999_999_999, process.pid * 10, ""]) {
      const { stdout, ended } = run(tethered(context, parent, "/bin/echo", "started"));
      expect(text(await stdout.rest()), `parent ${parent}`).toBe("");
      expect(await ended).toBe(TETHER_PARENT_GONE);
    }
  });

  test("a program that cannot be executed is status 126, as in a shell", async (context) => {
    const missing = `${workshop.directory}/missing`;
    expect(await run(tethered(context, process.pid, missing)).ended).toBe(126);
    expect(await run(tethered(context, process.pid)).ended).toBe(126);
  });

  test("the program does not outlive a parent that is killed", async (context) => {
    // A shell is the parent. It and the program hold stdout: its end says that both are gone.
    const cmd = tethered(context, "PARENT", "/bin/sh", "-c", "echo; exec sleep 60");
    const words = cmd.map((word) => (word === "PARENT" ? "$$" : `'${word}'`));
    const parent = run(["/bin/sh", "-c", `${words.join(" ")} & wait`]);
    await parent.stdout.take(1);
    expect(await parent.stdout.quiet()).toBe(true);
    parent.kill();
    expect(await parent.stdout.rest()).toEqual(new Uint8Array(0));
    expect(await parent.ended).toBe("SIGKILL");
  });
});
