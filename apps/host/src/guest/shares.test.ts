import { expect, test } from "vitest";
import type { ImpliedDirectory } from "../host/facts.ts";
import { planShares } from "./shares.ts";

const writable = (...paths: string[]) => paths.map((path) => ({ path, readonly: false }));
const by = (why: ImpliedDirectory["by"], ...paths: string[]) =>
  paths.map((path) => ({ path, by: why }));
const shared = (...implied: ImpliedDirectory[]) => planShares([], implied);

test("what a run implies is shared, outer directories first", () => {
  const { shares, warnings } = shared(
    ...by("working directory", "/home/me/work"),
    ...by("program", "/home/me/tools"),
  );
  expect(shares).toEqual(writable("/home/me/tools", "/home/me/work"));
  expect(warnings).toEqual([]);
});

test("running a program of a distribution shares nothing, working beside it does", () => {
  const places = ["/usr/bin", "/opt/tool/bin", "/usr/local/src/x", "/nix/store/x/bin"];
  expect(shared(...by("program", ...places))).toEqual({ shares: [], warnings: [] });
  for (const why of ["git root", "working directory", "go test"] as const)
    expect(shared(...by(why, ...places))).toEqual({
      shares: writable(...places.toSorted()),
      warnings: [],
    });
});

test.each([
  "/opt/x",
  "/usr/src/linux",
  "/usr/local/src/x",
  "/dev/shm/x",
  "/tmp/x",
  "/run/x",
  "/etc/x",
])("nothing that is written in %s is lost", (path) => {
  expect(shared(...by("working directory", path))).toEqual({
    shares: writable(path),
    warnings: [],
  });
});

test.each(["/", "/usr", "/etc"])("that %s is not shared is said", (path) => {
  const { shares, warnings } = shared(...by("working directory", path));
  expect(shares).toEqual([]);
  expect(warnings).toEqual([
    `the working directory "${path}" is not shared, as it is a directory of the system: what the command writes there is lost, but for what is below a --share`,
  ]);
});

test("what is the guest's own is said to be", () => {
  expect(shared(...by("working directory", "/proc/1")).warnings).toEqual([
    'the working directory "/proc/1" is the guest\'s own there: what the command writes to it does not reach the host',
  ]);
});

test("one within another of the same kind is left out", () => {
  expect(
    shared(...by("git root", "/work"), ...by("working directory", "/work/inner")).shares,
  ).toEqual(writable("/work"));
});

test("what --share says wins over what the run implies", () => {
  const readonly = { path: "/work", readonly: true };
  const of = (path: string) => planShares([readonly], by("working directory", path)).shares;
  expect(of("/work")).toEqual([readonly]);
  expect(of("/work/out")).toEqual([readonly, ...writable("/work/out")]);
  expect(planShares(writable("/usr"), by("working directory", "/usr"))).toEqual({
    shares: writable("/usr"),
    warnings: [],
  });
});
