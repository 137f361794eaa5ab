import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { type Architecture, architectures, ownArchitecture } from "@vimto/linux";
import { encodeClose, encodeOrder, type GuestEvent, HEADER_LENGTH } from "@vimto/protocol/frames";
import { Script } from "@vimto/script";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { Random } from "../../../../libs/asm/src/testing/random.ts";
import { emulator, skip, Workshop } from "../../../../libs/asm/src/testing/run.ts";
import { RECORD } from "../records.ts";
import { channelPrograms, type Programs, startChannel } from "../testing/channel.ts";
import { record } from "../testing/records.ts";
import { RELAY } from "./common.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const shell = (arch: Architecture, command: string, ...rest: string[]) =>
  new Script(arch)
    .started()
    .call("execve", "execve", ["/bin/sh", ["sh", "-c", command, ...rest], ["PATH=/usr/bin:/bin"]])
    .build();

/** The sockets, pipes and files that a process has open. */
const openFiles = (pid: number) =>
  readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));

const kinds = (events: readonly GuestEvent[]) => events.map(({ kind }) => kind);

describe.each(architectures)("the relays and a command on %s", (arch) => {
  const programs = channelPrograms(workshop, arch);
  const channel = (context: TestContext) => {
    const prefix = emulator(context, arch);
    return startChannel(programs, () => prefix);
  };

  test("bytes go in and come out, the end is told, and everybody ends with the host", async (context) => {
    const { host, running, records } = channel(context);
    await host.open();
    await host.sendScript(shell(arch, "tee /dev/stderr; exit 5"));
    const bytes = new Random(4).bytes(4_000_000);
    const sent = host.sendStdin(bytes);
    await host.until(() => host.over.size === 2 && host.events.length === 3);
    await sent;
    expect(Buffer.compare(host.output("stdout"), bytes)).toBe(0);
    expect(Buffer.compare(host.output("stderr"), bytes)).toBe(0);
    expect(host.events).toEqual([
      { kind: "started", pid: expect.any(Number) },
      { kind: "exited", status: 5 },
      { kind: "synced" },
    ]);
    expect(await running.launch.ended).toBe(0);
    expect(await running.relayFeed.ended).toBe(RELAY.done);
    host.close();
    expect(await running.relayIn.ended).toBe(RELAY.done);
    records.close();
    expect(await running.relayOut.ended).toBe(RELAY.done);
  });

  test("a command whose stdout the host closes gets SIGPIPE", async (context) => {
    const { host } = channel(context);
    await host.open();
    await host.sendScript(shell(arch, "exec yes"));
    await host.until(() => host.output("stdout").length > 0);
    await host.send(encodeClose("stdout"));
    await host.until(() => kinds(host.events).includes("exited"));
    expect(host.over).toContain("stdout");
    expect(host.events.at(1)).toEqual({ kind: "exited", signal: 13 });
  });

  test("a command that reads no stdin costs the host a window, then nothing", async (context) => {
    const { host, orders } = channel(context);
    await host.open();
    await host.sendScript(shell(arch, "exec <&-; sleep 0.2; echo over"));
    const sent = host.sendStdin(new Uint8Array(3_000_000));
    await host.until(() => host.over.size === 2);
    await sent;
    expect(host.closed).toEqual(new Set(["stdin"]));
    expect(host.output("stdout").toString()).toBe("over\n");
    // relay-in is still there for everything else.
    const finish = encodeOrder({ kind: "finish" });
    await host.send(finish);
    expect(await orders.take(16)).toEqual(finish.subarray(HEADER_LENGTH));
  });

  test("a command that neither reads nor writes does not hold up an order", async (context) => {
    const { host, orders, running } = channel(context);
    await host.open();
    await host.sendScript(shell(arch, "exec sleep 60"));
    await host.until(() => kinds(host.events).includes("started"));
    const sent = host.sendStdin(new Uint8Array(2_000_000));
    const signal = encodeOrder({ kind: "signal", pid: 42, signal: 15 });
    // Two windows of stdin cannot come: one is with the command, the other in relay-in's pipe.
    await Bun.sleep(100);
    await host.send(signal);
    expect(await orders.take(16)).toEqual(signal.subarray(HEADER_LENGTH));
    const started = host.events.find(({ kind }) => kind === "started");
    if (started?.kind !== "started") throw new Error("the command is not started");
    process.kill(started.pid, "SIGTERM");
    const over = () => host.over.size === 2 && kinds(host.events).includes("exited");
    await host.until(() => host.closed.has("stdin") && over());
    await sent;
    expect(host.events.at(1)).toEqual({ kind: "exited", signal: 15 });
    expect(await running.launch.ended).toBe(0);
  });

  test("the command holds no descriptor of the channel", async (context) => {
    const { host, port, running, records } = channel(context);
    await host.open();
    await host.sendScript(shell(arch, "echo ready; read line"));
    await host.until(() => host.output("stdout").length > 0 && host.events.length > 0);
    const [started] = host.events;
    if (started?.kind !== "started") throw new Error("the command is not started");
    const files = openFiles(started.pid);
    expect(files.length).toBe(3);
    for (const file of files) expect(file).toMatch(/^pipe:/);
    expect(openFiles(running.relayIn.pid)).toContain(port);
    expect(openFiles(running.relayOut.pid)).toContain(port);
    expect(openFiles(running.relayFeed.pid)).not.toContain(port);
    expect(openFiles(running.launch.pid)).not.toContain(port);
    process.kill(started.pid, "SIGKILL");
    await host.until(() => host.over.size === 2);
    await records.put(record(RECORD.drain));
  });
});

const polls =
  "poll,ppoll,select,pselect6,epoll_create,epoll_create1,epoll_ctl,epoll_wait,epoll_pwait";

test("nothing polls the port, which would take a blocked writer's wakeup", async (context) => {
  const strace = Bun.which("strace");
  if (strace === null) skip(context, "there is no strace (package strace)");
  const probe = Bun.spawnSync([strace, "-o", "/dev/null", "true"]);
  if (probe.exitCode !== 0) skip(context, `ptrace(2) is not permitted: ${String(probe.stderr)}`);

  const trace = (name: keyof Programs) => `${workshop.directory}/trace-${name}`;
  const { host, port, running, records } = startChannel(
    channelPrograms(workshop, ownArchitecture),
    (name) => [strace, ...["-f", "-y", "-v", "-s", "0", "-o", trace(name), "-e", `trace=${polls}`]],
  );
  await host.open();
  // It counts, because it sees no end of its stdin: strace holds what it hands on.
  await host.sendScript(shell(ownArchitecture, "head -c 2000000 | tee /dev/stderr"));
  const sent = host.sendStdin(new Uint8Array(2_000_000));
  await host.until(() => host.over.size === 2 && host.events.length === 3);
  await sent;
  host.close();
  records.close();
  for (const { ended } of Object.values(running)) await ended;
  expect(host.output("stdout").length).toBe(2_000_000);

  const calls = (name: keyof Programs) =>
    readFileSync(trace(name), "utf8")
      .split("\n")
      .filter((line) => /^\d+ +\w*(?:poll|select)/.test(line));
  expect(calls("relayIn")).toEqual([]);
  expect(calls("relayFeed")).toEqual([]);
  const lines = calls("relayOut");
  // Records always, and the streams while they have credit: all of them pipes.
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    expect(line).not.toContain(port);
    const descriptors = [...line.matchAll(/fd=(\d+)(<[^>]*>)?, events/g)];
    expect(descriptors.length).toBeGreaterThanOrEqual(1);
    for (const [, fd = "", name = ""] of descriptors) {
      expect(["1", "2", "3"]).toContain(fd);
      expect(name).toMatch(/^<pipe:/);
    }
  }
});
