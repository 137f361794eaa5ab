import { closeSync } from "node:fs";
import { programOf } from "@vimto/asm";
import { architectures } from "@vimto/linux";
import { STDIN_WINDOW } from "@vimto/protocol/frames";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { pipeFrom, pipeTo } from "../../../../libs/asm/src/testing/descriptors.ts";
import { Random } from "../../../../libs/asm/src/testing/random.ts";
import { emulator, start, Workshop } from "../../../../libs/asm/src/testing/run.ts";
import { RECORD, STREAM } from "../records.ts";
import { allRecords, nextRecord } from "../testing/records.ts";
import { RELAY } from "./common.ts";
import { relayFeed } from "./relay-feed.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

describe.each(architectures)("relay-feed on %s", (arch) => {
  const program = workshop.place(programOf(relayFeed), arch);

  function feed(context: TestContext) {
    const prefix = emulator(context, arch);
    const [from, to, records] = [pipeTo(1 << 20), pipeFrom(), pipeFrom()];
    const theirs = [from, to, records].map((pipe) => pipe.theirs);
    const running = start([...prefix, program], theirs);
    for (const fd of theirs) closeSync(fd);
    return { ...running, from: from.ours, to: to.ours, records: records.ours };
  }

  test("moves every byte and tells how many, then ends the command's stdin", async (context) => {
    const { from, to, records, ended } = feed(context);
    const bytes = new Random(2).bytes(3_000_000);
    const told = allRecords(records);
    const sent = from.put(bytes).then(() => from.close());
    expect(Buffer.compare(await to.rest(), bytes)).toBe(0);
    await sent;
    expect(await ended).toBe(RELAY.done);
    const consumed = await told;
    expect(new Set(consumed.map(({ kind }) => kind))).toEqual(new Set([RECORD.consumed]));
    expect(new Set(consumed.map(({ a }) => a))).toEqual(new Set([STREAM.stdin]));
    // Half a window at least each time; what is less at the end is not told.
    for (const { b } of consumed) expect(Number(b)).toBeGreaterThanOrEqual(STDIN_WINDOW / 2);
    const sum = Number(consumed.reduce((sum, { b }) => sum + b, 0n));
    expect(sum).toBeLessThanOrEqual(3_000_000);
    expect(sum).toBeGreaterThan(3_000_000 - STDIN_WINDOW / 2);
  });

  test("tells of what the command's pipe took, half a window later", async (context) => {
    const { from, to, records, ended } = feed(context);
    const half = STDIN_WINDOW / 2;
    await from.put(new Uint8Array(half));
    await to.take(half - 65_536 - 1);
    expect(await records.quiet()).toBe(true);
    await to.take(65_536 + 1);
    expect(Number((await nextRecord(records)).b)).toBe(half);
    expect(await records.quiet()).toBe(true);
    from.close();
    expect(await ended).toBe(RELAY.done);
  });

  test("tells when the command reads no more", async (context) => {
    const { from, to, records, ended } = feed(context);
    to.close();
    await from.put(Uint8Array.of(1));
    expect(await allRecords(records)).toEqual([{ kind: RECORD.feedEnded, a: STREAM.stdin, b: 0n }]);
    expect(await ended).toBe(RELAY.done);
  });

  test("tells when the command reads no more while its pipe is full", async (context) => {
    const { from, to, records, ended } = feed(context);
    await from.put(new Uint8Array(100_000));
    await to.take(1);
    to.close();
    expect((await allRecords(records)).at(-1)?.kind).toBe(RECORD.feedEnded);
    expect(await ended).toBe(RELAY.done);
  });
});
