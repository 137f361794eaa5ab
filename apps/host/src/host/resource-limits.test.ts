import { expect, test } from "vitest";
import { callerLimits } from "./resource-limits.ts";

const INFINITY = 0xffff_ffff_ffff_ffffn;
const core = { resource: 4, soft: INFINITY, hard: INFINITY };

/** As /proc/PID/limits has them. */
const limits = (files: string, locked = "8388608              8388608") =>
  `Limit                     Soft Limit           Hard Limit           Units     
Max core file size        0                    0                    bytes     
Max open files            ${files}                files     
Max locked memory         ${locked}              bytes     
Max nice priority         0                    0                    
`;
const of = (own: string, parent: string | undefined) =>
  callerLimits((process) => {
    const text = process === "self" ? own : parent;
    if (text === undefined) throw new Error("EACCES");
    return text;
  });

test("they are those of this process, core dumps unlimited", () => {
  const own = limits("1024 1024", "65536 unlimited");
  expect(of(own, limits("1024 1024"))).toEqual([
    core,
    { resource: 7, soft: 1024n, hard: 1024n },
    { resource: 8, soft: 65_536n, hard: INFINITY },
    { resource: 13, soft: 0n, hard: 0n },
  ]);
});

test.each([
  ["raised by Bun", "4096 4096", "1024 4096", 1024n, 4096n],
  ["lower than the parent's", "100 100", "1024 4096", 100n, 100n],
  ["of a parent of somebody else", "4096 4096", undefined, 4096n, 4096n],
])("open files, %s", (_, own, parent, soft, hard) => {
  const found = of(limits(own), parent && limits(parent));
  expect(found.find(({ resource }) => resource === 7)).toEqual({ resource: 7, soft, hard });
});
