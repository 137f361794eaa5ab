import { readdirSync, readFileSync } from "node:fs";
import { architectures, ownArchitecture } from "@vimto/linux";
import { skip } from "@vimto/linux/testing/skip";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { Random } from "../../../../libs/asm/src/testing/random.ts";
import { Workshop } from "../../../../libs/asm/src/testing/run.ts";
import { commandScript } from "../guest/script.ts";
import { refusalOf } from "./refusal.ts";
import { command, sessionWithGuest } from "./testing/guest.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const ignore = () => {};
const MEBIBYTE = 1 << 20;
/** The port of a guest in a namespace. */
const PORT = "/dev/vport12p1";
const bytesOf = (text: string) => new TextEncoder().encode(text);

describe.each(architectures)("a session with guest init on %s", (arch) => {
  const scriptOf = (words: string | readonly string[], which: "command" | "hook" = "command") =>
    commandScript(arch, command(words), which);

  /** A guest that is up and has its streams. */
  async function begin(context: TestContext) {
    const all = await sessionWithGuest(context, workshop, arch);
    await all.session.hello();
    all.session.openStreams();
    return all;
  }

  test("a command has its streams and its status", async (context) => {
    const { session, stdin, stdout, stderr } = await begin(context);
    stdin.write(bytesOf("from the host\n"));
    stdin.finish();
    const exit = await session.launch(scriptOf("cat; echo sorry >&2; exit 3"), ignore);
    await session.drained();
    expect(exit).toEqual({ status: 3 });
    expect([stdout.text, stderr.text]).toEqual(["from the host\n", "sorry\n"]);
    expect(session.running).toBe(false);
  });

  test("every byte comes through on each stream, however slowly one is read", async (context) => {
    const { session, stdin, stdout, stderr } = await begin(context);
    stdout.connection.pause();
    const bytes = new Random(4).bytes(4 * MEBIBYTE);
    stdin.write(bytes);
    stdin.write(bytes);
    stdin.finish();
    const running = session.launch(scriptOf("tee /proc/self/fd/2"), ignore);
    // The guest writes to both, so it waits for the one that nobody reads.
    await session.signal(0);
    stdout.connection.resume();
    expect(await running).toEqual({ status: 0 });
    await session.drained();
    await Promise.all([stdout.ended, stderr.ended]);
    const sha256 = new Bun.CryptoHasher("sha256").update(bytes).update(bytes).digest("hex");
    expect([stdout.bytes, stdout.sha256()]).toEqual([8 * MEBIBYTE, sha256]);
    expect([stderr.bytes, stderr.sha256()]).toEqual([8 * MEBIBYTE, sha256]);
  });

  test("a reader that leaves ends the command by SIGPIPE", async (context) => {
    const { session, stdout } = await begin(context);
    const running = session.launch(scriptOf("echo up; exec yes ''"), ignore);
    await stdout.says("\n");
    stdout.connection.close();
    expect(await running).toEqual({ signal: 13 });
  });

  test("a command that reads no stdin holds up nothing", async (context) => {
    const { session, stdin, stdout } = await begin(context);
    session.hold();
    stdin.write(new Uint8Array(3 * MEBIBYTE));
    stdin.finish();
    expect(await session.launch(scriptOf("exec <&-; echo over"), ignore)).toEqual({ status: 0 });
    // The reader of the port is still there for everything else.
    expect(await session.run(scriptOf("exit 4", "hook"), ignore)).toEqual({ status: 4 });
    session.finish();
    await session.drained();
    expect(stdout.text).toBe("over\n");
  });

  test("a signal reaches the process group of the command", async (context) => {
    const { session, stdout } = await begin(context);
    const trap = "trap 'exit 9' TERM; echo up; sleep 1000 & wait";
    const running = session.launch(scriptOf(trap), ignore);
    await stdout.says("up\n");
    await session.signal(15);
    expect(await running).toEqual({ status: 9 });
    // Nothing runs, so nothing is sent, and nobody waits for it.
    await session.signal(15);
  });

  test("a signal counts as sent when the guest says so, and not before", async (context) => {
    const { session, stdin, stdout } = await begin(context);
    const hang = `
      trap '' TERM
      for process in /proc/[0-9]*; do
        [ "$(cat $process/comm)" != serve ] || serve=\${process#/proc/}
      done
      kill -STOP $serve; echo hangs; read line; echo heard; read line; kill -CONT $serve; read line`;
    const running = session.launch(scriptOf(hang), ignore);
    await stdout.says("hangs\n");
    let isSent = false;
    const sent = session.signal(15).then(() => {
      isSent = true;
    });
    // The command hears this line behind the signal, on the same connection.
    stdin.write(bytesOf("one\n"));
    await stdout.says("heard\n");
    expect(isSent).toBe(false);
    stdin.write(bytesOf("two\n"));
    await sent;
    stdin.finish();
    expect(await running).toEqual({ status: 1 });
  });

  test("hooks run one after the other, beside a command whose streams are held", async (context) => {
    const { session, stdout, stderr } = await begin(context);
    session.hold();
    expect(await session.run(scriptOf("echo one; cat", "hook"), ignore)).toEqual({ status: 0 });
    expect(await session.launch(scriptOf("echo two"), ignore)).toEqual({ status: 0 });
    await session.synced();
    const last = scriptOf("echo three; echo err >&2; kill -KILL $$", "hook");
    expect(await session.run(last, ignore)).toEqual({ signal: 9 });
    session.finish();
    await session.drained();
    expect([stdout.text, stderr.text]).toEqual(["one\ntwo\nthree\n", "err\n"]);
  });

  test("hooks that hold nothing write to nowhere", async (context) => {
    const { session, stdout } = await begin(context);
    const hook = scriptOf("echo lost; exit 1", "hook");
    expect(await session.run(hook, ignore)).toEqual({ status: 1 });
    expect(await session.launch(scriptOf("echo kept"), ignore)).toEqual({ status: 0 });
    await session.drained();
    expect(stdout.text).toBe("kept\n");
  });

  test("processes have names, and the command no descriptor of theirs", async (context) => {
    const { session, stdout } = await begin(context);
    const look = `
      for process in /proc/[1-9]*; do
        for descriptor in $process/fd/*; do
          echo "$(cat $process/comm) \${process#/proc/} $(readlink $descriptor)"
        done
      done 2>/dev/null`;
    // In a child, as a shell that looks has pipes of its own open.
    await session.launch(scriptOf(`sh -c '${look}'; :`), ignore);
    await session.drained();
    const open = stdout.text
      .trimEnd()
      .split("\n")
      .map((line) => /^(\S+) (\d+) (.*)$/.exec(line) ?? []);
    const names = new Set(open.map(([, name]) => name));
    for (const name of ["launch", "oom-watch", "relay-feed", "relay-in", "relay-out", "serve"])
      expect(names).toContain(name);
    const withPort = open.filter(([, , , link]) => link === PORT);
    expect(withPort.map(([, name]) => name).sort()).toEqual(["relay-in", "relay-out"]);
    const own = open.filter(([, , pid]) => Number(pid) === session.commandPid);
    expect(own.map(([, , , link]) => link?.replace(/\d+/, "N"))).toEqual(Array(3).fill("pipe:[N]"));
  });

  test.for([
    ["a name that nothing has", ["nothing-has-this-name"], { reason: "not-found" }],
    ["a path that does not exist", ["/no/where"], { reason: "not-found" }],
    ["a file that is not executable", ["/proc/version"], { reason: "not-executable", errno: 13 }],
    ["a directory", ["/proc"], { reason: "not-executable", errno: 13 }],
    ["a command that runs", ["true"], undefined],
    ["a command that ends with 127", ["sh", "-c", "exit 127"], undefined],
  ] as const)("why a command could not be executed: %s", async ([_, argv, refusal], context) => {
    const { session } = await begin(context);
    const script = scriptOf(argv);
    await session.launch(script, ignore);
    expect(refusalOf(script, session.failures)).toEqual(refusal);
  });

  test("what the guest ended for is what all that waits is told, and the first reason wins", async (context) => {
    const { session, guest, stdout } = await begin(context);
    const running = session.launch(scriptOf("echo up; sleep 1000"), ignore);
    await stdout.says("up\n");
    const waiting = session.orFailure(new Promise(() => {}));
    guest.kill();
    await expect(running).rejects.toMatchObject({ code: "powered-off" });
    await expect(waiting).rejects.toMatchObject({ code: "powered-off" });
    await expect(session.drained()).rejects.toMatchObject({ code: "powered-off" });
    await session.abandon();
    expect(stdout.text).toBe("up\n");
  });
});

const polls =
  "poll,ppoll,select,pselect6,epoll_create,epoll_create1,epoll_ctl,epoll_wait,epoll_pwait";

test("nothing in the guest polls the port, which would take a blocked writer's wakeup", async (context) => {
  const strace = Bun.which("strace");
  if (strace === null) skip(context, "there is no strace (package strace)");
  const probe = Bun.spawnSync([strace, "-o", "/dev/null", "true"]);
  if (probe.exitCode !== 0) skip(context, `ptrace(2) is not permitted: ${String(probe.stderr)}`);

  const directory = workshop.subdirectory();
  const options = ["-ff", "-y", "-v", "-s", "0", "-o", `${directory}/trace`];
  const { session, guest, stdin, stdout } = await sessionWithGuest(
    context,
    workshop,
    ownArchitecture,
    [strace, ...options, "-e", `trace=${polls}`],
  );
  await session.hello();
  session.openStreams();
  stdin.write(new Uint8Array(2_000_000));
  stdin.finish();
  const script = commandScript(ownArchitecture, command("tee /proc/self/fd/2"), "command");
  expect(await session.launch(script, ignore)).toEqual({ status: 0 });
  await session.drained();
  expect(stdout.bytes).toBe(2_000_000);
  guest.kill();
  await guest.ended;

  const traces = readdirSync(directory).map((name) => readFileSync(`${directory}/${name}`, "utf8"));
  const lines = traces.flatMap((text) =>
    text.split("\n").filter((line) => /^\w*(?:poll|select)/.test(line)),
  );
  // Records always, and the streams while they have credit: all of them pipes.
  expect(lines.length).toBeGreaterThan(10);
  for (const line of lines) {
    const descriptors = [...line.matchAll(/fd=\d+(<[^>]*>)?, events/g)];
    expect(descriptors.length).toBeGreaterThanOrEqual(1);
    for (const [, name = ""] of descriptors) expect(name).toMatch(/^<pipe:/);
  }
});
