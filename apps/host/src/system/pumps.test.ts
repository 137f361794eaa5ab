import { constants, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readingFrom, writingTo } from "./pumps.ts";

const directory = mkdtempSync(join(tmpdir(), "vimto-pumps-"));
afterAll(() => rmSync(directory, { recursive: true }));

/** The two ends of a new pipe, both non-blocking, as another program may leave what it shares. */
function nonBlockingPipe(name: string): { read: number; write: number } {
  const path = join(directory, name);
  expect(Bun.spawnSync(["mkfifo", path]).success).toBe(true);
  const read = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { read, write: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
}

test("nothing is lost on descriptors that somebody made non-blocking", async () => {
  const { read, write } = nonBlockingPipe("full");
  const sent = new Uint8Array(4 << 20).map((_, index) => (index * 31) >> 3);
  const sink = await writingTo(write);
  sink.write(sent);
  sink.finish();
  // By now the pipe is full and the writer waits; the reader finds it empty again and again.
  const source = await readingFrom(read);
  const got: Uint8Array[] = [];
  let length = 0;
  await new Promise<void>((resolve) => {
    source.onData((bytes) => {
      got.push(bytes.slice());
      length += bytes.length;
      if (length >= sent.length) resolve();
    });
  });
  expect(Buffer.concat(got).equals(sent)).toBe(true);
});

test("tells how much of what was written is with the descriptor", async () => {
  const { read, write } = nonBlockingPipe("counted");
  const sink = await writingTo(write);
  expect(sink.written()).toBe(0);
  sink.write(new Uint8Array(5));
  sink.write(new Uint8Array(1000));
  sink.finish();
  await new Promise<void>((resolve) => sink.onClose(resolve));
  expect(sink.written()).toBe(1005);
  expect(readSync(read, new Uint8Array(2000))).toBe(1005);
});
