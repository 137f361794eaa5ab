import { mkdtemp, open, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { commandLine, type Machine } from "../command-line.ts";
import { shares } from "../share.ts";
import { classifyStderr } from "../stderr.ts";
import { fakeKernel } from "../testing/fake-kernel.ts";
import { killAll, requireQemu, startQemu } from "../testing/real-qemu.ts";
import { pause, queryStatus, quit, resume } from "./commands.ts";
import {
  loadState,
  loadUri,
  queryMigrate,
  savedMarker,
  saveState,
  saveUri,
  setMigrationCapabilities,
} from "./migration.ts";

afterEach(killAll);

const bare = [
  ...["-nodefaults", "-display", "none", "-S"],
  ...["-chardev", "socket,id=monitor,fd=3", "-mon", "chardev=monitor,mode=control"],
];

test("a machine is continued, paused and ended", async (context) => {
  const program = await requireQemu(context);
  const { qmp, events, exited } = await startQemu(program, [...bare, "-machine", "none"]);
  expect(await queryStatus(qmp)).toEqual({ status: "prelaunch", running: false });
  await resume(qmp);
  expect(await queryStatus(qmp)).toEqual({ status: "running", running: true });
  await pause(qmp);
  expect(await queryStatus(qmp)).toEqual({ status: "paused", running: false });
  expect(await queryMigrate(qmp)).toEqual({ status: "none" });
  await expect(qmp.execute("no-such-command")).rejects.toThrow(
    "QEMU refused no-such-command: The command no-such-command has not been found",
  );
  await expect(setMigrationCapabilities(qmp, { nonsense: true })).rejects.toMatchObject({
    code: "qmp-refused",
  });
  const shutdown = qmp.nextEvent("SHUTDOWN");
  await quit(qmp);
  expect((await shutdown).data).toEqual({ guest: false, reason: "host-qmp-quit" });
  await qmp.closed;
  expect(await exited).toBe(0);
  expect(events.map((event) => event.name)).toEqual(["RESUME", "STOP", "SHUTDOWN"]);
});

test("a QEMU that is killed ends the connection", async (context) => {
  const program = await requireQemu(context);
  const { qmp, exited } = await startQemu(program, [...bare, "-machine", "none"]);
  await killAll();
  await qmp.closed;
  expect(await exited).toBe("SIGKILL");
  await expect(queryStatus(qmp)).rejects.toThrow("QEMU closed its control socket");
});

test("the state's address fits QEMU's version", () => {
  expect(loadUri({ major: 7, minor: 2, micro: 22 }, 6)).toBe("fd:6");
  expect(loadUri({ major: 8, minor: 1, micro: 5 }, 6)).toBe("fd:6");
  expect(loadUri({ major: 8, minor: 2, micro: 0 }, 6)).toBe("file:/proc/self/fd/6");
});

describe("saving and resuming", () => {
  test.for([
    ["x86_64", "q35"],
    ["x86_64", "pc"],
    ["x86_64", "microvm"],
    ["aarch64", "virt"],
  ] as const)("%s guests on %s, with other paths behind the shares", async (kind, context) => {
    const [architecture, type] = kind;
    const program = await requireQemu(context, architecture);
    const directory = await mkdtemp(join(tmpdir(), "vimto-state-"));
    try {
      const [kernel, ram, state] = ["kernel", "ram", "state"].map((name) => join(directory, name));
      if (!kernel || !ram || !state) throw new Error("three names give three paths");
      await writeFile(kernel, fakeKernel());
      const template: Machine = {
        board: {
          architecture,
          machine: type,
          accelerator: "tcg",
          cpus: 2,
          memoryMiB: 64,
          memoryFile: { path: ram, share: true },
        },
        boot: { kernel, initramfs: kernel },
        descriptors: { monitor: 3, console: 4, channel: 5 },
        devices: shares([{ tag: "a", path: directory, readonly: true }]),
        entropy: true,
      };

      await using output = await open(state, "wx");
      const args = commandLine(template).arguments;
      const source = await startQemu(program, [...args, "-S"], ["pipe", "pipe", output.fd]);
      await saveState(source.qmp, saveUri(6));
      expect(await queryMigrate(source.qmp)).toEqual({ status: "completed" });
      await quit(source.qmp);
      expect(await source.exited).toBe(0);
      expect(source.stderr()).toBe(`${savedMarker}\n`);
      // Without the 64 MiB of memory.
      expect((await stat(state)).size).toBeLessThan(4 * 1024 * 1024);

      const clone: Machine = {
        ...template,
        board: { ...template.board, memoryFile: { path: ram, share: false } },
        boot: { kernel },
        devices: shares([{ tag: "a", path: tmpdir(), readonly: true }]),
        incoming: true,
      };
      const started = async (machine: Machine) => {
        await using input = await open(state);
        const line = commandLine(machine).arguments;
        return await startQemu(program, [...line, "-S"], ["pipe", "pipe", input.fd]);
      };
      const resumed = await started(clone);
      await loadState(resumed.qmp, loadUri(resumed.qmp.version, 6));
      expect(await queryStatus(resumed.qmp)).toEqual({ status: "prelaunch", running: false });
      await quit(resumed.qmp);
      expect(await resumed.exited, resumed.stderr()).toBe(0);

      const failure = async (machine: Machine) => {
        const { qmp, exited, stderr } = await started(machine);
        await expect(loadState(qmp, loadUri(qmp.version, 6))).rejects.toMatchObject({
          code: "qmp-closed",
        });
        await exited;
        return classifyStderr(stderr())?.code ?? stderr();
      };
      // A device that the template had is missing.
      expect(await failure({ ...clone, devices: [] })).toBe("state");
      await truncate(state, (await stat(state)).size >> 1);
      expect(await failure(clone)).toBe("state");
      await writeFile(state, "no state at all");
      expect(await failure(clone)).toBe("state");
    } finally {
      await killAll();
      await rm(directory, { recursive: true });
    }
  });
});
