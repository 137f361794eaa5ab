import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { MAX_WINDOW } from "./credit.ts";
import { eventKinds } from "./events.ts";
import { frameTypes, payloadLimits, streamNumbers } from "./header.ts";
import { hello } from "./messages.ts";
import { orderKinds } from "./orders.ts";
import { goldens } from "./testing/goldens.ts";

const doc = readFileSync(new URL("../../../docs/wire.md", import.meta.url), "utf8");

/** The cells of the rows of the table whose first heading is `heading`. */
function table(heading: string): string[][] {
  const lines = doc.split("\n");
  const start = lines.findIndex((line) => /^\| (\w+) +\|/.exec(line)?.[1] === heading);
  expect(start, `docs/wire.md has a table "${heading}"`).toBeGreaterThan(0);
  const length = lines.slice(start).findIndex((line) => !line.startsWith("|"));
  return lines.slice(start + 2, start + length).map((line) =>
    line
      .slice(1, -1)
      .split("|")
      .map((cell) => cell.trim()),
  );
}

const hex = (bytes: readonly number[]) =>
  bytes.length === 0
    ? ""
    : `\`${bytes.map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}\``;

test("docs/wire.md lists every type with its number and lengths", () => {
  const written = table("type").map(([number, name, payload]) => [number, name, payload]);
  const expected = Object.values(payloadLimits).map(({ min, max }) =>
    min === max ? String(min) : `${min} to ${max}`,
  );
  expect(written).toEqual(
    Object.entries(frameTypes).map(([name, number], at) => [String(number), name, expected[at]]),
  );
});

test("docs/wire.md lists every stream with its number", () => {
  const written = table("stream").map(([number, name]) => [number, name]);
  expect(written).toEqual(
    Object.entries(streamNumbers).map(([name, number]) => [String(number), name]),
  );
});

test("docs/wire.md lists every event with its number", () => {
  const written = table("kind").map(([number, name]) => [number, name]);
  expect(written).toEqual(
    Object.entries(eventKinds).map(([name, number]) => [String(number), name]),
  );
});

test("docs/wire.md lists every order with its number", () => {
  const written = table("order").map(([number, name]) => [number, name]);
  expect(written).toEqual(
    Object.entries(orderKinds).map(([name, number]) => [String(number), name]),
  );
});

test("docs/wire.md lists the fields of hello", () => {
  expect(table("field").map(([name]) => name)).toEqual(
    Object.keys(hello.shape).map((name) => `\`${name}\``),
  );
});

test("the examples of docs/wire.md are the goldens", () => {
  expect(table("header")).toEqual(
    goldens.map(({ name, header, payload }) => [hex(header), hex(payload), name]),
  );
});

test("docs/wire.md says how large a window may become", () => {
  expect(doc).toContain(`a window above ${MAX_WINDOW} bytes`);
});
