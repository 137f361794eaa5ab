import { eventKinds } from "@vimto/protocol/frames";
import { expect, test } from "vitest";
import { RECORD } from "./records.ts";

test("relay-out keeps its own records apart from the events that it sends on", () => {
  const { size: _, event, ...kinds } = RECORD;
  const own = Object.entries(kinds).filter(([name]) => !Object.hasOwn(eventKinds, name));
  for (const [name, kind] of own) expect(kind, name).toBeLessThan(event);
  expect(Math.min(...Object.values(eventKinds))).toBe(event);
  expect(new Set(Object.values(kinds)).size).toBe(Object.values(kinds).length);
});
