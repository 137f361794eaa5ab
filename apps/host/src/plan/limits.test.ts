import { expect, test } from "vitest";
import { callerLimits } from "./limits.ts";

/** As proc(5) has them. */
const text = (
  files: string,
  size = "unlimited",
) => `Limit                     Soft Limit           Hard Limit           Units
Max file size             ${size}            unlimited            bytes
Max core file size        0                    0                    bytes
Max open files            ${files}                 files
`;
const limits = (own: string, parents: string | undefined) =>
  callerLimits((process) => {
    if (process === "self") return own;
    if (parents === undefined) throw new Error("EACCES");
    return parents;
  });

const unlimited = 0xffff_ffff_ffff_ffffn;
const size = { resource: 1, soft: unlimited, hard: unlimited };
const core = { resource: 4, soft: unlimited, hard: unlimited };
const files = (soft: bigint, hard: bigint) => ({ resource: 7, soft, hard });

test("of open files the soft limit is the parent's, as Bun has raised its own", () => {
  expect(limits(text("4096  4096"), text("1024  4096"))).toEqual([core, size, files(1024n, 4096n)]);
});

test("a limit that vimto has and its parent has not counts", () => {
  expect(limits(text("512  512"), text("1024  4096"))).toEqual([core, size, files(512n, 512n)]);
  const smaller = { ...size, soft: 1000n };
  expect(limits(text("512  512", "1000"), text("512  512"))).toEqual([
    core,
    smaller,
    files(512n, 512n),
  ]);
});

test("a parent that may not be looked at leaves vimto's own", () => {
  expect(limits(text("4096  4096"), undefined)).toEqual([core, size, files(4096n, 4096n)]);
});
