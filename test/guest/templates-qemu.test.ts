import { readdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeProgram } from "../../libs/asm/src/testing/program-file.ts";
import {
  anyKernel,
  commandLine,
  eachKernel,
  emptyDirectory,
  leftFiles,
  markedProcesses,
  Running,
  startedBy,
  startIn,
  until,
} from "../harness/index.ts";

const right = { status: 3, stdout: "Linux\n" };
const guest = "cat /proc/sys/kernel/ostype; exit 3";

const qemu = () => {
  const path = Bun.which(process.arch === "arm64" ? "qemu-system-aarch64" : "qemu-system-x86_64");
  if (path === null) throw new Error("there is no QEMU");
  return path;
};

/** A program that becomes QEMU; `before` runs first, in a shell that has QEMU's arguments. */
function wrapper(before = ""): string {
  const path = join(emptyDirectory("qemu"), "qemu");
  writeWrapper(path, before);
  return path;
}

function writeWrapper(path: string, before: string): void {
  writeProgram(`${path}.new`, `#!/bin/sh\n${before}\nexec ${qemu()} "$@"\n`);
  renameSync(`${path}.new`, path);
}

const runWith = (cache: string, path: string, env: Record<string, string> = {}) =>
  startedBy(anyKernel(), guest, { cache, env: { VIMTO_QEMU: path, ...env } });

describe("another QEMU", () => {
  test("makes a template of its own", async () => {
    const cache = emptyDirectory("cache");
    const [one, other] = [wrapper(), wrapper()];
    const starts: string[] = [];
    for (const path of [one, other, one, other]) {
      const { start, ...rest } = await runWith(cache, path);
      expect(rest).toEqual({ ...right, why: "" });
      starts.push(start);
    }
    expect(starts).toEqual(["template", "template", "clone", "clone"]);
  });

  test("in the same place makes the template anew", async () => {
    const cache = emptyDirectory("cache");
    const path = wrapper();
    expect(await runWith(cache, path)).toMatchObject({ ...right, start: "template" });
    writeWrapper(path, ":");
    expect(await runWith(cache, path)).toMatchObject({ ...right, start: "template" });
    expect(await runWith(cache, path)).toMatchObject({ ...right, start: "clone" });
  });

  test("behind a wrapper that stays the same refuses the state: this run boots", async () => {
    const cache = emptyDirectory("cache");
    const path = wrapper('set -- "$@" $MORE_DEVICES');
    const more = { MORE_DEVICES: "-device virtio-balloon-pci" };
    expect(await runWith(cache, path, more)).toMatchObject({ ...right, start: "template" });
    expect(await runWith(cache, path)).toMatchObject({ ...right, start: "boot" });
    expect(await runWith(cache, path)).toMatchObject({ ...right, start: "template" });
    expect(await runWith(cache, path)).toMatchObject({ ...right, start: "clone" });
  });
});

describe("a QEMU that goes wrong", () => {
  const resumes = (does: string) =>
    wrapper(`if [ -n "$FAULT" ]; then case "$*" in *-incoming*) ${does};; esac; fi`);

  const faults: Readonly<Record<string, string>> = {
    "ends as it should load the state": "exit 1",
    "is killed as it should load the state": "kill -9 $$",
    "never says anything": "exec sleep 1000",
  };

  test.each(Object.entries(faults))("%s: the run boots", async (_name, does) => {
    const cache = emptyDirectory("cache");
    const path = resumes(does);
    expect(await runWith(cache, path)).toMatchObject({ ...right, start: "template" });
    const faulty = await runWith(cache, path, { FAULT: "1" });
    expect(faulty).toMatchObject({ ...right, start: "boot", why: expect.stringMatching(/./) });
    expect(await runWith(cache, path)).toMatchObject({ ...right, start: "template" });
  });

  test("a template that is removed before QEMU opens it is used to its end", async () => {
    const cache = emptyDirectory("cache");
    const path = wrapper('if [ -n "$REMOVE" ]; then rm -r "$REMOVE"; fi');
    expect(await runWith(cache, path)).toMatchObject({ ...right, start: "template" });
    const remove = { REMOVE: join(cache, "vimto/templates") };
    expect(await runWith(cache, path, remove)).toMatchObject({ ...right, start: "clone" });
    expect(await runWith(cache, path)).toMatchObject({ ...right, start: "template" });
  });

  test("a cache that is removed while the template is made costs the template alone", async () => {
    const cache = emptyDirectory("cache");
    const path = wrapper(
      `case "$*" in *share=on*) if [ -n "$REMOVE" ]; then rm -r "$REMOVE"; fi;; esac`,
    );
    const remove = { REMOVE: join(cache, "vimto/templates") };
    expect(await runWith(cache, path, remove)).toMatchObject({ ...right, start: "boot" });
    expect(await runWith(cache, path)).toMatchObject({ ...right, start: "template" });
  });
});

const isMaking = ({ command }: { command: string }) =>
  /^\S*qemu-system-/.test(command) && command.includes("share=on");
const isClone = ({ command }: { command: string }) =>
  /^\S*qemu-system-/.test(command) && command.includes("-incoming");
const templates = (cache: string) =>
  leftFiles(cache).filter((path) => path.startsWith("vimto/templates/"));

/** The kernel waits for a root that never comes: a template whose guest boots like that is not done before it is ended. */
const endless = `case "$*" in *share=on*)
  for word; do
    shift
    [ "$last" = -append ] && word="$word rdinit=/nope root=/dev/nope rootwait"
    set -- "$@" "$word"
    last=$word
  done;;
esac`;

eachKernel("kill -9", ["builtin-6.12", "debian-6.1"], (kernel) => {
  const begin = (cache: string, command: string, env = {}) =>
    new Running(commandLine(kernel.path, ["--verbose"], command), { cache, env });
  const beginEndless = (cache: string) => begin(cache, guest, { VIMTO_QEMU: wrapper(endless) });
  const pidOf = (running: Running, which: typeof isMaking) =>
    until("QEMU runs", 120, () => markedProcesses(running.mark).find(which)?.pid);

  test(`${kernel.name}: of vimto while it makes a template`, async () => {
    const cache = emptyDirectory("cache");
    const running = beginEndless(cache);
    try {
      await pidOf(running, isMaking);
      // Somewhere in its boot.
      await Bun.sleep(1000);
      running.process.kill("SIGKILL");
      expect(await running.result()).toMatchObject({ status: 137 });
      await running.leavesNothing();
    } finally {
      running.kill();
    }
    expect(templates(cache)).toEqual([]);
    const next = await startedBy(kernel.path, guest, { cache });
    expect(next).toEqual({ ...right, start: "template", why: "" });
  });

  test(`${kernel.name}: of QEMU while it makes a template, of QEMU and of vimto while a clone runs`, async () => {
    const cache = emptyDirectory("cache");
    const making = beginEndless(cache);
    try {
      process.kill(await pidOf(making, isMaking), "SIGKILL");
      const { status, stdout, stderr } = await making.result();
      expect({ status, stdout: new TextDecoder().decode(stdout) }).toEqual(right);
      expect(startIn(stderr)).toEqual({
        start: "boot",
        why: "QEMU was ended by SIGKILL, from outside vimto; run it again",
      });
      await making.leavesNothing();
    } finally {
      making.kill();
    }
    expect(templates(cache)).toEqual([]);

    await startedBy(kernel.path, guest, { cache });
    const made = templates(cache);
    expect(made).toHaveLength(3);
    for (const whom of ["QEMU", "vimto"]) {
      const running = begin(cache, "echo ready; sleep 1000");
      try {
        await running.stdout.find(/ready\n/);
        const pid = await pidOf(running, isClone);
        process.kill(whom === "QEMU" ? pid : running.process.pid, "SIGKILL");
        const { status, stderr } = await running.result();
        expect(status).toBe(whom === "QEMU" ? 125 : 137);
        if (whom === "QEMU")
          expect(stderr).toMatch(
            /^vimto: QEMU was ended by SIGKILL, from outside vimto; run it again$/m,
          );
        await running.leavesNothing();
      } finally {
        running.kill();
      }
      expect(templates(cache)).toEqual(made);
      const next = await startedBy(kernel.path, guest, { cache });
      expect(next).toEqual({ ...right, start: "clone", why: "" });
    }
    expect(readdirSync(join(cache, "vimto/templates"))).toHaveLength(3);
  });
});
