import { ownArchitecture } from "@vimto/linux";
import { afterAll, expect, test } from "vitest";
import { Workshop } from "../../../../libs/asm/src/testing/run.ts";
import { commandScript } from "../guest/script.ts";
import { refusalOf } from "./refusal.ts";
import { command, sessionWithGuest } from "./testing/guest.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

const scriptOf = (words: string | readonly string[], which: "command" | "hook" = "command") =>
  commandScript(ownArchitecture, command(words), which);
const ignore = () => {};
const MEBIBYTE = 1 << 20;

test("a command has its streams and its status", async (context) => {
  const { session, stdin, stdout, stderr } = await sessionWithGuest(context, workshop);
  await session.hello();
  session.openStreams();
  stdin.write(new TextEncoder().encode("from the host\n"));
  stdin.finish();
  const exit = await session.launch(scriptOf("cat; echo sorry >&2; exit 3"), ignore);
  await session.drained();
  expect(exit).toEqual({ status: 3 });
  expect([stdout.text, stderr.text]).toEqual(["from the host\n", "sorry\n"]);
  expect(session.running).toBe(false);
});

test("every byte comes through both ways, however slowly it is read", async (context) => {
  const { session, stdin, stdout } = await sessionWithGuest(context, workshop);
  await session.hello();
  session.openStreams();
  stdout.connection.pause();
  const block = new Uint8Array(MEBIBYTE).fill(0x61);
  for (let count = 0; count < 8; count++) stdin.write(block);
  stdin.finish();
  const running = session.launch(scriptOf("cat"), ignore);
  // All of it is on its way, and the guest has been given no more than a window of credit.
  await new Promise<void>((resolve) => stdin.onDrain(resolve));
  stdout.connection.resume();
  expect(await running).toEqual({ status: 0 });
  await session.drained();
  await stdout.ended;
  expect(stdout.bytes).toBe(8 * MEBIBYTE);
});

test("a reader that leaves ends the command by SIGPIPE", async (context) => {
  const { session, stdout } = await sessionWithGuest(context, workshop);
  await session.hello();
  session.openStreams();
  const running = session.launch(scriptOf("exec yes"), ignore);
  while (stdout.bytes === 0) await Bun.sleep(1);
  stdout.connection.close();
  expect(await running).toEqual({ signal: 13 });
});

test("a signal reaches the process group of the command", async (context) => {
  const { session, stdout } = await sessionWithGuest(context, workshop);
  await session.hello();
  session.openStreams();
  const running = session.launch(
    scriptOf("trap 'exit 9' TERM; echo up; sleep 1000 & wait"),
    ignore,
  );
  while (stdout.text !== "up\n") await Bun.sleep(1);
  await session.signal(15);
  expect(await running).toEqual({ status: 9 });
  // Nothing runs, so nothing is sent, and nobody waits for it.
  await session.signal(15);
});

test("a signal counts as sent when the guest says so, and not before", async (context) => {
  const { session, stdin, stdout } = await sessionWithGuest(context, workshop);
  await session.hello();
  session.openStreams();
  const hang = `
    trap '' TERM
    for process in /proc/[0-9]*; do
      [ "$(cat $process/comm)" != serve ] || serve=\${process#/proc/}
    done
    kill -STOP $serve; echo hangs; read line; echo heard; read line; kill -CONT $serve; read line`;
  const running = session.launch(scriptOf(hang), ignore);
  while (!stdout.text.endsWith("hangs\n")) await Bun.sleep(1);
  let isSent = false;
  const sent = session.signal(15).then(() => {
    isSent = true;
  });
  // The command hears this line behind the signal, on the same connection.
  stdin.write(new TextEncoder().encode("one\n"));
  while (!stdout.text.endsWith("heard\n")) await Bun.sleep(1);
  expect(isSent).toBe(false);
  stdin.write(new TextEncoder().encode("two\n"));
  await sent;
  stdin.finish();
  expect(await running).toEqual({ status: 1 });
});

test("hooks run one after the other, beside a command whose streams are held", async (context) => {
  const { session, stdout } = await sessionWithGuest(context, workshop);
  await session.hello();
  session.openStreams();
  session.hold();
  expect(await session.run(scriptOf("echo one", "hook"), ignore)).toEqual({ status: 0 });
  expect(await session.launch(scriptOf("echo two"), ignore)).toEqual({ status: 0 });
  await session.synced();
  expect(await session.run(scriptOf("echo three; exit 4", "hook"), ignore)).toEqual({ status: 4 });
  session.finish();
  await session.drained();
  expect(stdout.text).toBe("one\ntwo\nthree\n");
});

test.for([
  ["a name that nothing has", ["nothing-has-this-name"], { reason: "not-found" }],
  ["a path that does not exist", ["/no/where"], { reason: "not-found" }],
  ["a file that is not executable", ["/proc/version"], { reason: "not-executable", errno: 13 }],
  ["a directory", ["/proc"], { reason: "not-executable", errno: 13 }],
  ["a command that runs", ["true"], undefined],
  ["a command that ends with 127", ["sh", "-c", "exit 127"], undefined],
] as const)("why a command could not be executed: %s", async ([_, argv, refusal], context) => {
  const { session } = await sessionWithGuest(context, workshop);
  await session.hello();
  session.openStreams();
  const script = scriptOf(argv);
  await session.launch(script, ignore);
  expect(refusalOf(script, session.failures)).toEqual(refusal);
});

test("what the guest ended for is what all that waits is told, and the first reason wins", async (context) => {
  const { session, guest, stdout } = await sessionWithGuest(context, workshop);
  await session.hello();
  session.openStreams();
  const running = session.launch(scriptOf("echo up; sleep 1000"), ignore);
  while (stdout.text !== "up\n") await Bun.sleep(1);
  guest.kill();
  await expect(running).rejects.toMatchObject({ code: "powered-off" });
  await expect(session.drained()).rejects.toMatchObject({ code: "powered-off" });
  await session.abandon();
  expect(stdout.text).toBe("up\n");
});
