import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { writeProgram } from "../../../../libs/asm/src/testing/program-file.ts";
import { Machine, type MachineOptions } from "./machine.ts";

const base = mkdtempSync(join(tmpdir(), "vimto-machine-"));
afterAll(() => rmSync(base, { recursive: true }));
let files = 0;

/** A program in the place of QEMU: its console is descriptor 3, QMP 4 and the channel 5. */
async function fake(does: string, options: Pick<MachineOptions, "places" | "staleCode"> = {}) {
  files += 1;
  const binary = join(base, `qemu-${files}`);
  writeProgram(binary, `#!/bin/bash\n${does}\n`);
  const lines: string[] = [];
  const onConsole = (line: string) => lines.push(line);
  const machine = await Machine.start({ binary, arguments: [], onConsole, ...options });
  return { machine, lines };
}

const panic = "echo 'Kernel panic - not syncing: sysrq triggered crash' >&3";
const initEnded = "echo 'vimto: guest init: relay-out ended, wait status 0x4a00' >&3";
const greeting =
  '{"QMP":{"version":{"qemu":{"micro":0,"minor":2,"major":7},"package":""},"capabilities":[]}}';
const qmp = `echo '${greeting}' >&4; read -r line <&4; echo '{"return":{},"id":1}' >&4`;
const failed = "guest init, which runs the command in the guest, failed: its process";

test("a panic by an int3 that QEMU may have kept", async () => {
  const oops = "echo 'Oops: int3: 0000 [#1] PREEMPT SMP' >&3";
  const staleCode = "QEMU does this; use another";
  for (const [does, sentence] of [
    [
      `${oops}; echo 'Kernel panic - not syncing: Fatal exception' >&3`,
      `the guest's kernel panicked: Oops: int3: 0000 [#1] PREEMPT SMP, Fatal exception; ${staleCode}`,
    ],
    [panic, "the guest's kernel panicked: sysrq triggered crash"],
  ] as const) {
    const { machine } = await fake(does, { staleCode });
    expect((await machine.failure()).message).toBe(sentence);
  }
});

test.each([
  ["a panic", `${panic}; exit 0`, "panic", /panicked: sysrq triggered crash/],
  [
    "a panic, whatever comes after it",
    `${panic}; ${initEnded}; echo no >&2; exit 1`,
    "panic",
    /sysrq/,
  ],
  [
    "the end of guest init, whatever QEMU says",
    `${initEnded}; echo no >&2; exit 1`,
    "guest-init",
    `${failed} relay-out ended, as the channel or a pipe could not be read or written`,
  ],
  ["QEMU's own words", "echo 'qemu: cannot' >&2; exit 3", "qemu", "QEMU failed: cannot"],
  [
    "a signal",
    "kill -KILL $$",
    "qemu",
    "QEMU was ended by SIGKILL, from outside vimto; run it again",
  ],
  ["the words of a QEMU that gave up", "echo oops >&2; kill -ABRT $$", "qemu", "QEMU failed: oops"],
  [
    "a power-off by sysrq, whatever guest init says of its devices",
    `echo '[ 1.0] sysrq: Power Off' >&3; ${initEnded}; exit 0`,
    "powered-off",
    "the guest powered itself off before the command was over",
  ],
  [
    "a guest that stays when it has halted",
    "echo 'reboot: System halted' >&3; exec sleep 1000",
    "powered-off",
    "the guest halted itself before the command was over",
  ],
  [
    "a kernel that cannot unpack itself, and whose last line has no end",
    "printf '\n\nXZ-compressed data is corrupt\n\n -- System halted' >&3; exec sleep 1000",
    "panic",
    "the kernel image does not unpack itself (XZ-compressed data is corrupt); it is damaged, get it again",
  ],
  ...["SUSPEND", "SUSPEND_DISK"].map(
    (event) =>
      [
        `a guest that sleeps (${event}), where nothing wakes it`,
        `${qmp}; echo '{"timestamp":{"seconds":1,"microseconds":1},"event":"${event}"}' >&4; exec sleep 1000`,
        "powered-off",
        "the guest suspended itself before the command was over",
      ] as const,
  ),
  [
    "a restart",
    `${qmp}; echo '{"timestamp":{"seconds":1,"microseconds":1},"event":"SHUTDOWN","data":{"guest":true,"reason":"guest-reset"}}' >&4; exit 0`,
    "powered-off",
    "the guest restarted before the command was over",
  ],
  [
    "an end without a word",
    "exit 0",
    "powered-off",
    "the guest powered itself off before the command was over",
  ],
] as const)("why a machine ended: %s", async (_, does, code, message) => {
  const { machine } = await fake(does);
  const failure = await machine.failure();
  expect(failure.code).toBe(code);
  if (typeof message === "string") expect(failure.message).toBe(message);
  else expect(failure.message).toMatch(message);
});

test("a crash of guest init names the line of its sources", async () => {
  const crash = "echo 'vimto: guest init: serve crashed at 0x00401abc, signal 0x000b' >&3";
  const places = async () => "401000 apps/init/src/a.ts:1\n401a00 apps/init/src/b.ts:2\n";
  const { machine } = await fake(crash, { places });
  const failure = await machine.failure();
  expect(failure.message).toBe(`${failed} serve crashed by signal 11 (apps/init/src/b.ts:2)`);
});

test("the console comes as lines, and its tail begins where the trouble does", async () => {
  const { machine, lines } = await fake(
    `for i in $(seq 40); do echo "line $i" >&3; done; echo "BUG: bad" >&3; echo last >&3`,
  );
  const failure = await machine.failure();
  expect(lines.slice(-3)).toEqual(["line 40", "BUG: bad", "last"]);
  expect(failure.console).toEqual(["BUG: bad", "last"]);
});

test("a line of the console can be waited for", async () => {
  const { machine } = await fake('read -r line <&5; echo "it said $line" >&3; exec sleep 1000');
  const said = machine.consoleSays("it said so");
  machine.channel.write(new TextEncoder().encode("so\n"));
  await said;
  await machine.end();
});

test("a machine that is ended takes what it has started with it", async () => {
  const { machine } = await fake("sleep 1000 & echo $! >&5; wait");
  const pid = await new Promise<number>((resolve) =>
    machine.channel.onData((bytes) => resolve(Number(new TextDecoder().decode(bytes)))),
  );
  await machine.end();
  expect(machine.ended).toBe(true);
  // A zombie, until its new parent reaps it, or gone; it ends beside the machine.
  const state = () => Bun.spawnSync(["ps", "-o", "stat=", "-p", `${pid}`]).stdout.toString();
  await expect.poll(state, { timeout: 60_000 }).toMatch(/^(?:Z.*\n)?$/);
});
