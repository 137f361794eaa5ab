import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { cachePlace } from "./place.ts";

const base = mkdtempSync(join(tmpdir(), "vimto-place-"));
afterAll(() => rmSync(base, { recursive: true }));
let home = "";
let temporary = "";
let count = 0;
beforeEach(() => {
  const own = join(base, `${count++}`);
  home = join(own, "home");
  temporary = join(own, "tmp");
  for (const path of [home, temporary]) mkdirSync(path, { recursive: true });
});

/** The home is what HOME says at the start of a process. */
function place(environment: Record<string, string> = {}) {
  const script = `import { cachePlace } from ${JSON.stringify(join(import.meta.dirname, "place.ts"))};
console.log(JSON.stringify(cachePlace(process.env)))`;
  const env = { PATH: process.env.PATH, HOME: home, TMPDIR: temporary, ...environment };
  const { stdout, stderr } = Bun.spawnSync([process.execPath, "-e", script], { env });
  expect(stderr.toString()).toBe("");
  return JSON.parse(stdout.toString());
}
const uid = process.geteuid?.() ?? 0;

test("XDG_CACHE_HOME counts, whatever is there", () => {
  expect(cachePlace({ XDG_CACHE_HOME: "/proc/none" })).toEqual({ directory: "/proc/none/vimto" });
});

test("a home is where it is by default, and nothing is made", () => {
  expect(place()).toEqual({ directory: `${home}/.cache/vimto` });
  expect(statSync(join(home, ".cache"), { throwIfNoEntry: false })).toBeUndefined();
});

test("a home in which nothing can be made", () => {
  // A part that is no directory keeps root out too.
  rmSync(home, { recursive: true });
  writeFileSync(home, "");
  expect(place()).toEqual({
    directory: `${temporary}/vimto-${uid}`,
    instead: `the cache directory "${home}/.cache/vimto" cannot be made, so the cache is in "${temporary}/vimto-${uid}"; set XDG_CACHE_HOME to keep it elsewhere`,
  });
  expect(statSync(`${temporary}/vimto-${uid}`).mode & 0o777).toBe(0o700);
});

test.each(["others may write it", "a link", "a file"])(
  "what somebody else may have made: %s",
  (what) => {
    rmSync(home, { recursive: true });
    writeFileSync(home, "");
    const path = `${temporary}/vimto-${uid}`;
    if (what === "a link") symlinkSync("/tmp", path);
    else if (what === "a file") writeFileSync(path, "");
    else {
      mkdirSync(path);
      chmodSync(path, 0o777);
    }
    expect(place()).toEqual({ directory: `${home}/.cache/vimto` });
  },
);
