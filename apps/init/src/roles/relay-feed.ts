import type { Builder } from "@vimto/asm";
import { EINTR } from "@vimto/linux";
import { STDIN_WINDOW } from "@vimto/protocol/frames";
import { RECORD, STREAM } from "../records.ts";
import { ignoreSigpipe, RELAY, tell, yieldToWriters } from "./common.ts";

/** Descriptors, in the order in which guest init passes them. */
const RELAY_FEED = { from: 0, to: 1, records: 2 } as const;

const MOST = 1 << 20;
/** Less credit is not worth a frame: the window is twice as large, so the host still has as much to send. */
const CREDIT = STDIN_WINDOW / 2;

/**
 * Moves stdin from the pipe that relay-in fills to the command's own pipe, blocks while the command does not
 * read, and tells how much it moved: this is the credit that the host gets back.
 */
export function relayFeed(p: Builder): void {
  ignoreSigpipe(p);
  yieldToWriters(p);
  const record = p.buffer(RECORD.size);
  const moved = p.variable();
  const consumed = p.variable();
  p.loop((_, jumpBack) => {
    p.syscallTo(moved, "splice", RELAY_FEED.from, 0, RELAY_FEED.to, 0, MOST, 0);
    p.when(moved, "==", -EINTR, jumpBack);
    p.when(moved, "==", 0, () => p.exit(RELAY.done));
    p.when(moved, "<", 0, () => {
      tell(p, RELAY_FEED.records, record, RECORD.feedEnded, STREAM.stdin, 0);
      p.exit(RELAY.done);
    });
    p.math(consumed, consumed, "add", moved);
    p.when(consumed, "<", CREDIT, jumpBack);
    tell(p, RELAY_FEED.records, record, RECORD.consumed, STREAM.stdin, consumed);
    p.set(consumed, 0);
  });
}
