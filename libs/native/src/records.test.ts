import {
  CREDIT_LENGTH,
  EVENT_LENGTH,
  eventKinds,
  frameTypes,
  HEADER_LENGTH,
  MAX_DATA_LENGTH,
  streamNumbers,
} from "@vimto/protocol/frames";
import { expect, test } from "vitest";
import { MAX_DATA } from "./programs/relay-out.ts";
import { FRAME, RECORD, STREAM } from "./records.ts";

test("frames have the numbers of the protocol", () => {
  expect(FRAME).toEqual({ header: HEADER_LENGTH, ...frameTypes });
  expect(streamNumbers).toEqual(expect.objectContaining(STREAM));
  expect(MAX_DATA).toBe(MAX_DATA_LENGTH);
  expect(CREDIT_LENGTH).toBe(4);
});

test("records that go to the host are the events of the protocol", () => {
  expect(RECORD.size).toBe(EVENT_LENGTH);
  expect(RECORD).toEqual(expect.objectContaining(eventKinds));
  expect(Math.min(...Object.values(eventKinds))).toBe(RECORD.event);
});

test("what relay-out takes for itself is no event", () => {
  const { grant, consumed, closed, feedEnded, drain } = RECORD;
  for (const kind of [grant, consumed, closed, feedEnded, drain])
    expect(kind).toBeLessThan(RECORD.event);
});
