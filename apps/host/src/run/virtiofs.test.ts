import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { virtiofsd } from "../capabilities/share-virtiofs/testing/virtiofsd.ts";
import { crowdedShares, sharingWish } from "./virtiofs.ts";

const top = mkdtempSync(join(tmpdir(), "crowded-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));
for (let file = 0; file < 26; file++) writeFileSync(join(top, `${file}`), "");

const few = { ...virtiofsd, openFiles: 100 };

test("a share is crowded with more files than a quarter of those that virtiofsd may have open", () => {
  const shares = [{ path: "/proc/self/ns" }, { path: top }];
  expect(crowdedShares(few, shares)).toEqual([top]);
  expect(crowdedShares({ ...few, openFiles: 104 }, shares)).toEqual([]);
  expect(crowdedShares(virtiofsd, shares)).toEqual([]);
  expect(crowdedShares(undefined, shares)).toEqual([]);
});

test("a crowded share is over 9p with the one in Rust, unless virtiofs is asked for", () => {
  const rust = { ...few, program: "rust" } as const;
  expect(sharingWish("auto", "x86_64", rust, [top])).toEqual({
    wish: "9p first",
    unfit: `"${top}" has too many files for a virtiofsd that may have 100 open; raise the limit of open files (ulimit -Hn)`,
  });
  expect(sharingWish("auto", "x86_64", rust, [])).toEqual({ wish: "auto", unfit: undefined });
  expect(sharingWish("virtiofs", "x86_64", rust, [top]).wish).toBe("virtiofs");
  expect(sharingWish("auto", "x86_64", few, [top]).wish).toBe("auto");
});
