import { expect, test } from "vitest";
import { chooseOld, type PruneLimits } from "./prune.ts";

const DAY = 86_400_000;
const now = 1000 * DAY;

const entry = (name: string, days: number, bytes: number, more = {}) => ({
  kind: "template" as const,
  name,
  bytes,
  lastUse: now - days * DAY,
  inUse: false,
  outdated: false,
  ...more,
});

const entries = [
  entry("fresh", 0, 10),
  entry("week", 7, 20),
  entry("month", 30, 40),
  entry("month in use", 31, 80, { inUse: true }),
  entry("outdated", 2, 160, { outdated: true }),
  entry("outdated just now", 0, 320, { outdated: true }),
];

const cases: [string, PruneLimits, string[]][] = [
  ["outdated parts go after a day without any limit", {}, ["outdated"]],
  ["old ones go, but not those in use", { unusedMs: 14 * DAY }, ["month", "outdated"]],
  [
    "an age of nothing takes all idle ones",
    { unusedMs: -1 },
    ["month", "week", "outdated", "fresh", "outdated just now"],
  ],
  ["above the size the longest unused go", { maxBytes: 450 }, ["outdated", "month"]],
  ["down to the size and no further", { maxBytes: 470 }, ["outdated"]],
  [
    "what is in use counts, and stays",
    { maxBytes: 80 },
    ["outdated", "month", "week", "fresh", "outdated just now"],
  ],
];

test.each(cases)("%s", (_name, limits, names) => {
  expect(chooseOld(entries, limits, now).map(({ name }) => name)).toEqual(names);
});
