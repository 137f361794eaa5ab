import { describe, expect, test } from "vitest";
import { Qmp } from "./client.ts";
import { queryStatus, quit } from "./commands.ts";
import { LineSplitter } from "./lines.ts";
import type { QmpEvent } from "./message.ts";
import type { Transport } from "./transport.ts";

// As QEMU 7.2 sent them, "\r\n" included.
const greeting =
  '{"QMP": {"version": {"qemu": {"micro": 22, "minor": 2, "major": 7}, "package": "Debian 1:7.2+dfsg-7+deb12u18+b3"}, "capabilities": ["oob"]}}\r\n';
const stopped =
  '{"timestamp": {"seconds": 1795401183, "microseconds": 559710}, "event": "STOP"}\r\n';
const status =
  '{"return": {"status": "internal-error", "singlestep": false, "running": false}, "id": 2}\r\n';

/** QEMU's end of a connection: what it is sent, and what it says. */
class Peer implements Transport {
  readonly received: unknown[] = [];
  #data: (bytes: Uint8Array) => void = () => {};
  #close: () => void = () => {};

  write(bytes: Uint8Array): void {
    this.received.push(JSON.parse(new TextDecoder().decode(bytes)));
  }
  onData(listener: (bytes: Uint8Array) => void): void {
    this.#data = listener;
  }
  onClose(listener: () => void): void {
    this.#close = listener;
  }
  say(text: string): void {
    this.#data(new TextEncoder().encode(text));
  }
  close(): void {
    this.#close();
  }
}

async function opened(): Promise<{ peer: Peer; qmp: Qmp; events: QmpEvent[] }> {
  const peer = new Peer();
  const events: QmpEvent[] = [];
  const opening = Qmp.open(peer, (event) => events.push(event));
  peer.say(greeting);
  await Promise.resolve();
  peer.say('{"return": {}, "id": 1}\r\n');
  return { peer, qmp: await opening, events };
}

describe("opening", () => {
  test("waits for the greeting and leaves negotiation", async () => {
    const { peer, qmp } = await opened();
    expect(qmp.version).toEqual({ major: 7, minor: 2, micro: 22 });
    expect(peer.received).toEqual([{ execute: "qmp_capabilities", id: 1 }]);
  });

  test("fails when QEMU closes at once", async () => {
    const peer = new Peer();
    const opening = Qmp.open(peer);
    peer.close();
    await expect(opening).rejects.toMatchObject({
      code: "qmp-closed",
      message: "QEMU closed its control socket before its greeting",
    });
  });

  test.each([
    ["hello\n", '"hello"'],
    ["[]\n", '"[]"'],
    ['{"QMP": {"version": 1}}\n', '"{\\"QMP\\": {\\"version\\": 1}}"'],
    ['{"return": {}}\n', '"{\\"return\\": {}}"'],
  ])("fails when another program answers %j", async (text, quoted) => {
    const peer = new Peer();
    const opening = Qmp.open(peer);
    peer.say(text);
    await expect(opening).rejects.toThrow(
      `QEMU sent ${quoted}, which is no control message; is it really QEMU?`,
    );
  });
});

describe("commands", () => {
  test("are answered by id, in any order", async () => {
    const { peer, qmp } = await opened();
    const [first, second] = [qmp.execute("a", { x: 1 }), qmp.execute("b")];
    expect(peer.received.slice(1)).toEqual([
      { execute: "a", arguments: { x: 1 }, id: 2 },
      { execute: "b", id: 3 },
    ]);
    peer.say('{"return": "B", "id": 3}\r\n{"return": ["A"], "id": 2}\r\n');
    expect(await first).toEqual(["A"]);
    expect(await second).toBe("B");
  });

  test("that QEMU refuses fail with its own words", async () => {
    const { peer, qmp } = await opened();
    const refused = qmp.execute("migrate", { uri: "x" });
    peer.say(
      '{"id": 2, "error": {"class": "GenericError", "desc": "unknown migration protocol: x"}}\n',
    );
    await expect(refused).rejects.toMatchObject({
      code: "qmp-refused",
      message: "QEMU refused migrate: unknown migration protocol: x",
    });
  });

  test("that are open when QEMU closes fail, and later ones at once", async () => {
    const { peer, qmp } = await opened();
    const open = [qmp.execute("cont"), qmp.execute("stop"), qmp.nextEvent("STOP")];
    peer.close();
    expect(
      (await Promise.allSettled(open)).map((result) => "reason" in result && result.reason.message),
    ).toEqual([
      "QEMU closed its control socket before it answered cont",
      "QEMU closed its control socket before it answered stop",
      "QEMU closed its control socket",
    ]);
    await qmp.closed;
    await expect(qmp.execute("cont")).rejects.toThrow("QEMU closed its control socket");
    await expect(qmp.nextEvent("STOP")).rejects.toThrow("QEMU closed its control socket");
    await expect(quit(qmp)).resolves.toBeUndefined();
  });

  test.each([
    ['{"return": {}, "id": 9}\n', "QEMU answered command 9, which was never sent"],
    [
      '{"error": {"class": "GenericError", "desc": "JSON parse error"}}\n',
      "QEMU did not understand a control message: JSON parse error (GenericError)",
    ],
    ["}\n", 'QEMU sent "}", which is no control message; is it really QEMU?'],
  ])("end with the connection when QEMU says %j", async (text, sentence) => {
    const { peer, qmp } = await opened();
    const open = qmp.execute("cont");
    peer.say(text);
    await expect(open).rejects.toMatchObject({ code: "qmp-protocol", message: sentence });
    await qmp.closed;
    peer.say('{"return": {}, "id": 2}\n');
    await expect(qmp.execute("stop")).rejects.toThrow(sentence);
  });

  test("answers of another shape are refused", async () => {
    const { peer, qmp } = await opened();
    const asked = queryStatus(qmp);
    peer.say('{"return": {"status": "running"}, "id": 2}\n');
    await expect(asked).rejects.toThrow(
      'QEMU answered query-status with {"status":"running"}, which vimto does not understand',
    );
  });
});

describe("events", () => {
  test("reach every listener and the waiter that wants them", async () => {
    const { peer, qmp, events } = await opened();
    const completed = qmp.nextEvent("MIGRATION", ({ status }) => status === "completed");
    const later: string[] = [];
    const forget = qmp.onEvent((event) => later.push(event.name));
    peer.say(stopped);
    peer.say('{"event": "MIGRATION", "data": {"status": "active"}}\n');
    forget();
    peer.say('{"event": "MIGRATION", "data": {"status": "completed"}}\n');
    expect(await completed).toMatchObject({ name: "MIGRATION", data: { status: "completed" } });
    expect(events.map((event) => event.name)).toEqual(["STOP", "MIGRATION", "MIGRATION"]);
    expect(later).toEqual(["STOP", "MIGRATION"]);
  });
});

test("messages may be cut anywhere", async () => {
  const bytes = new TextEncoder().encode(`${stopped}\r\n${status}`);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const peer = new Peer();
    const events: QmpEvent[] = [];
    const opening = Qmp.open(peer, (event) => events.push(event));
    for (const character of greeting) peer.say(character);
    await Promise.resolve();
    peer.say('{"return": {}, "id": 1}\n');
    const asked = queryStatus(await opening);
    peer.say(new TextDecoder().decode(bytes.subarray(0, cut)));
    peer.say(new TextDecoder().decode(bytes.subarray(cut)));
    expect(await asked, `cut at ${cut}`).toEqual({ status: "internal-error", running: false });
    expect(events, `cut at ${cut}`).toEqual([{ name: "STOP", data: {}, time: 1795401183559.71 }]);
  }
});

describe("lines", () => {
  test("may be cut inside a character, and the buffer used again", () => {
    const bytes = new TextEncoder().encode("ä\nb");
    const splitter = new LineSplitter();
    const first = bytes.slice(0, 1);
    expect(splitter.push(first)).toEqual([]);
    first.fill(0);
    expect(splitter.push(bytes.slice(1))).toEqual(["ä"]);
    expect(splitter.push(Uint8Array.of(10, 10))).toEqual(["b", ""]);
  });

  test("have a limit that holds across pieces", () => {
    const splitter = new LineSplitter(4);
    expect(splitter.push(new TextEncoder().encode("abcd\nab"))).toEqual(["abcd"]);
    expect(() => splitter.push(new TextEncoder().encode("cde"))).toThrow(
      "QEMU sent a control message longer than 4 bytes; is it really QEMU?",
    );
  });
});
