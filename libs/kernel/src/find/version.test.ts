import { randomFrom } from "@vimto/linux/testing/random";
import { expect, test } from "vitest";
import { compareReleases, nearest } from "./version.ts";

test("releases are ordered as a person orders them", () => {
  const ordered = [
    "5.10.0-9-amd64",
    "6.1",
    "6.1.0-9-amd64",
    "6.1.0-10-amd64",
    "6.1.0-10-cloud-amd64",
    "6.1.10",
    "6.9.12",
    "6.10.0-rc2",
    "6.10.0-rc10",
    "6.10.0",
    "6.12~rc1",
    "6.12",
    "6.12.117+deb12-amd64",
    "10.0",
  ];
  const random = randomFrom(41);
  const shuffled = ordered
    .map((release) => ({ release, at: random(2 ** 30) }))
    .sort((a, b) => a.at - b.at)
    .map(({ release }) => release);
  expect(shuffled.sort(compareReleases)).toEqual(ordered);
  expect(compareReleases("6.1", "6.1")).toBe(0);
  expect(compareReleases("6.01", "6.1")).toBe(0);
});

test.each([
  ["6.1", ["6.12.1", "6.1.0-56-amd64", "6.1.0-55-amd64"], "6.1.0-56-amd64"],
  ["6.12.117-amd64", ["6.12.117+deb12-amd64", "6.1.0-56-amd64"], "6.12.117+deb12-amd64"],
  ["6.1.0-65-amd64", ["5.10.0-1-amd64", "6.1.0-56-amd64"], "6.1.0-56-amd64"],
  ["latest", [], undefined],
])("nearest to %s", (name, releases, expected) => {
  expect(nearest(name, releases)).toBe(expected);
});
