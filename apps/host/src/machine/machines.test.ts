import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { writeProgram } from "../../../../libs/asm/src/testing/program-file.ts";
import { Machines } from "./machines.ts";
import type { MachineSpec } from "./spec.ts";

const top = mkdtempSync(join(tmpdir(), "vimto-machines-"));
afterAll(() => rmSync(top, { recursive: true }));
const pids = join(top, "pids");
beforeEach(() => writeFileSync(pids, ""));

const says = `echo $$ >>${pids}`;

/** A program in the place of QEMU. */
function qemu(does: string): string {
  const binary = join(top, "qemu");
  writeProgram(binary, `#!/bin/sh\n${says}\n${does}\n`);
  return binary;
}

/** A machine with two servers, each a shell command. */
const spec = (server: string, more: Partial<MachineSpec> = {}): MachineSpec => ({
  architecture: "x86_64",
  accelerator: "tcg",
  version: { major: 8, minor: 0, micro: 0 },
  cpus: 1,
  smpText: "1",
  overcommit: false,
  memoryMiB: 256,
  kernel: "/k/vmlinux",
  initramfs: undefined,
  append: [],
  devices: [],
  fileServers: ["a", "b"].map((tag, index) => ({
    tag,
    address: { addr: `0x${index + 1}`, multifunction: false },
    path: "/shared",
    command: ["/bin/sh", "-c", `${says}; ${server}`],
    readOnlyMounts: false,
    wayOut: "--fs 9p",
  })),
  ...more,
});

/** Which of those that were started are there, zombies too; `count` have to be. */
async function left(count: number): Promise<string[]> {
  const all = readFileSync(pids, "utf8").trim().split("\n");
  expect(all).toHaveLength(count);
  return all.filter((pid) => existsSync(`/proc/${pid}`));
}

const said = async (count: number) => {
  while (readFileSync(pids, "utf8").split("\n").length <= count) await Bun.sleep(5);
};

test("the end of machines is the end of their servers", async () => {
  const machines = new Machines(qemu("exec sleep 1000"), () => {});
  await machines.start(spec("exec sleep 1000"));
  await said(3);
  await machines.end();
  expect(await left(3)).toEqual([]);
});

test("a machine that ends takes its servers along", async () => {
  const machines = new Machines(qemu(`while [ $(wc -l <${pids}) -lt 3 ]; do :; done`), () => {});
  const machine = await machines.start(spec("sleep 1000"));
  await machine.failure();
  await machines.end();
  expect(await left(3)).toEqual([]);
});

test("a machine that is about to start is ended, and none starts afterwards", async () => {
  const machines = new Machines(qemu("exec sleep 1000"), () => {});
  const starting = machines.start(spec("exec sleep 1000"));
  await machines.end();
  await starting;
  const started = readFileSync(pids, "utf8").trim().split("\n");
  expect(started.filter((pid) => pid !== "" && existsSync(`/proc/${pid}`))).toEqual([]);
  await expect(machines.start(spec("exec sleep 1000"))).rejects.toThrow("the run is over");
});

const openFiles = () => readdirSync("/proc/self/fd").length;

/** What cannot be an argument of a program: starting it throws. */
const NUL = "\0";

test.each([
  ["QEMU", NUL, () => spec("exec sleep 1000")],
  [
    "its second server",
    "",
    () => {
      const [first, second] = spec("exec sleep 1000").fileServers ?? [];
      if (first === undefined || second === undefined) throw new Error("it has two");
      return spec("", { fileServers: [first, { ...second, command: ["/bin/sh", NUL] }] });
    },
  ],
])("no open file is left of a machine that cannot be started: %s", async (_, suffix, wanted) => {
  const machines = new Machines(`${qemu("exec sleep 1000")}${suffix}`, () => {});
  // A leak adds one at least for each; tests of other files, in other threads, have some of their own.
  const starts = 30;
  const before = openFiles();
  for (let index = 0; index < starts; index++)
    await expect(machines.start(wanted())).rejects.toThrow(/null bytes/);
  await expect.poll(() => openFiles() - before, { timeout: 60_000 }).toBeLessThan(starts);
  await machines.end();
});

test("no server is left of a machine that cannot be", async () => {
  const machines = new Machines(qemu(""), () => {});
  const wrong = spec("exec sleep 1000", { append: ["panic=-1\n"] });
  await expect(machines.start(wrong)).rejects.toThrow();
  await machines.end();
  expect(readFileSync(pids, "utf8")).toBe("");
});
