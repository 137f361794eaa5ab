import { expect, test } from "vitest";
import { Escape } from "./escape.ts";

/** What is passed on of what is typed in these parts, and how often `~.` was found. */
function typed(...parts: string[]): [string, number] {
  let found = 0;
  const escapes = new Escape(() => {
    found += 1;
  });
  const passed = parts.map((part) => escapes.pass(new TextEncoder().encode(part)));
  return [new TextDecoder().decode(Buffer.concat(passed)), found];
}

test.each([
  ["~.", "", 1],
  ["ls\r~.", "ls\r", 1],
  ["ls\n~.", "ls\n", 1],
  ["ls ~.", "ls ~.", 0],
  ["~~.", "~.", 0],
  ["~\r~.", "~\r", 1],
  ["~x~.", "~x~.", 0],
  ["\r~é\r", "\r~é\r", 0],
  ["", "", 0],
])("%j", (text, passed, found) => {
  expect(typed(text)).toEqual([passed, found]);
  expect(typed(...text)).toEqual([passed, found]);
});
