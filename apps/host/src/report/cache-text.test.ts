import { expect, test } from "vitest";
import { cacheText, removedText } from "./cache-text.ts";

const now = Date.UTC(2026, 0, 2);
const idle = { inUse: false, lastUse: now - 3 * 3_600_000 };
const entries = [
  {
    kind: "template",
    name: "6.12.1, 1 CPU, 349 MiB, tcg",
    bytes: 271 << 20,
    inUse: true,
    lastUse: now,
  },
  { kind: "initramfs", name: "0123456789ab", bytes: 5.25 * 2 ** 30, ...idle },
  { kind: "facts", name: "a", bytes: 4096, ...idle },
  { kind: "kernel", name: "6.12.1", bytes: 1.5 * 2 ** 20, inUse: false, lastUse: now - 86_400_000 },
  { kind: "facts", name: "b", bytes: 4096, inUse: false, lastUse: now - 59_999 },
] as const;

test("a table with a total, small files in one row", () => {
  expect(cacheText("/home/me/.cache/vimto", entries, now)).toBe(
    `/home/me/.cache/vimto

KIND       WHAT                            SIZE  LAST USE
template   6.12.1, 1 CPU, 349 MiB, tcg  271 MiB  in use
initramfs  0123456789ab                 5.3 GiB  3 hours ago
kernel     6.12.1                       1.5 MiB  1 day ago
facts      2 files                        8 KiB  just now
total                                   5.5 GiB
`,
  );
});

test("an empty cache is said to be empty", () => {
  expect(cacheText("/c", [], now)).toBe("/c is empty\n");
});

test.each([
  [[], [], "removed nothing; the cache is empty\n"],
  [entries.slice(3, 4), [], "removed 1 part, 1.5 MiB; the cache is empty\n"],
  [
    entries.slice(2),
    entries.slice(0, 2),
    "removed 3 parts, 1.5 MiB; 2 parts left, 5.5 GiB, 1 in use\n",
  ],
])("what was removed (%#)", (removed, kept, text) => {
  expect(removedText(removed, kept)).toBe(text);
});
