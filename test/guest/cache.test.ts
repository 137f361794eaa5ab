import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import {
  anyKernel,
  commandLine,
  compare,
  emptyDirectory,
  leftFiles,
  Running,
  startedBy,
  vimto,
} from "../harness/index.ts";

const kernel = anyKernel();
const run = (cache: string) => startedBy(kernel, "echo ran", { cache });
const told = (cache: string, ...args: string[]) => vimto(args, { cache });
const text = async (cache: string, ...args: string[]) =>
  new TextDecoder().decode((await told(cache, ...args)).stdout);

test("a cache that is not there is empty, and nothing makes it", async () => {
  const cache = join(emptyDirectory("cache"), "none");
  compare(await told(cache, "cache"), { stdout: `${cache}/vimto is empty\n` });
  compare(await told(cache, "cache", "prune"), {
    stdout: "removed nothing; the cache is empty\n",
  });
  compare(await told(cache, "flush-cache"), { stdout: "removed nothing; the cache is empty\n" });
  expect(existsSync(cache)).toBe(false);
});

describe("a cache that runs use", () => {
  const cache = emptyDirectory("cache");
  beforeAll(async () => {
    expect(await run(cache)).toMatchObject({ status: 0, start: "template" });
  });

  const rows = (table: string) =>
    table.split("\n").flatMap((line) => {
      const [, kind, use] = /^(\w+) .*B {2}(.*)$/.exec(line) ?? [];
      return kind === undefined ? [] : [`${kind} ${use}`];
    });

  test("is listed, with sizes and the last use", async () => {
    const table = await text(cache, "cache");
    expect(table).toMatch(/^\/\S+\/vimto\n\nKIND +WHAT +SIZE {2}LAST USE\n/);
    expect(table).toMatch(/^template +\S+, 1 CPU, \d+ MiB, (?:tcg|kvm) +\d+ MiB {2}just now$/m);
    expect(table).toMatch(/^total +\d+ MiB$/m);
  });

  test("loses nothing of what a run uses, by flush-cache or by prune", async () => {
    const running = new Running(commandLine(kernel, [], "echo ready; read -r line; echo $line"), {
      cache,
      stdin: "pipe",
    });
    try {
      await running.stdout.find(/ready\n/);
      const used = rows(await text(cache, "cache")).filter((row) => row.endsWith(" in use"));
      expect(used).toContain("template in use");
      expect(used).toContain("initramfs in use");
      const flushed = await text(cache, "flush-cache");
      expect(flushed).toMatch(new RegExp(`, ${used.length} in use\n$`));
      await text(cache, "cache", "prune", "--older-than", "0s", "--max-size", "1M");
      expect(rows(await text(cache, "cache"))).toEqual(used);
      const { stdin } = running.process;
      if (typeof stdin !== "object") throw new Error("stdin is no pipe");
      await stdin.write("still here\n");
      await stdin.end();
      compare(await running.result(), { stdout: "ready\nstill here\n" });
    } finally {
      running.kill();
    }
    expect(await run(cache)).toMatchObject({ status: 0, start: "clone" });
  });

  test("loses what is old, and what is too much", async () => {
    const path = (end: string) =>
      join(cache, leftFiles(cache).find((file) => file.endsWith(end)) ?? `no ${end}`);
    const past = new Date(Date.now() - 3 * 86_400_000);
    utimesSync(path(".cpio"), past, past);
    expect(await text(cache, "cache", "prune", "--older-than", "4d")).toMatch(/^removed nothing; /);
    expect(await text(cache, "cache", "prune", "--older-than", "2d")).toMatch(/^removed 1 part, /);
    expect(await text(cache, "cache", "prune", "--max-size", "1M")).toMatch(/^removed \d parts?, /);
    expect(leftFiles(cache).filter((file) => file.includes("/templates/"))).toEqual([]);
    expect(await run(cache)).toMatchObject({ status: 0, start: "template" });
  });

  test("is pruned by a run once a day, but not of what that run uses", async () => {
    const age = (path: string, hours: number) => {
      const time = new Date(Date.now() - hours * 3_600_000);
      utimesSync(path, time, time);
    };
    const old = join(cache, "vimto/kernels/0123456789abcdef.vmlinux");
    const used = join(cache, leftFiles(cache).find((file) => file.endsWith(".cpio")) ?? "");
    for (const [hours, stays] of [
      [1, true],
      [25, false],
    ] as const) {
      writeFileSync(old, "old");
      for (const path of [old, used]) age(path, 15 * 24);
      age(join(cache, "vimto/pruned"), hours);
      expect(await run(cache)).toMatchObject({ status: 0, start: "clone" });
      expect([existsSync(old), existsSync(used)]).toEqual([stays, true]);
    }
  });

  test("is empty when it is flushed, and works again", async () => {
    expect(await text(cache, "flush-cache")).toMatch(
      /^removed \d+ parts, \d+ MiB; the cache is empty\n$/,
    );
    expect(leftFiles(cache)).toEqual(["vimto/pruned"]);
    expect(await run(cache)).toMatchObject({ status: 0, start: "template" });
  });
});

test("runs and flush-cache at once: every run is right", async () => {
  const cache = emptyDirectory("cache");
  const runs = Array.from({ length: 6 }, () => run(cache));
  let over = false;
  const flushing = (async () => {
    for (let times = 0; times < 20 && !over; times++) {
      compare(await told(cache, "flush-cache"), { stdout: /^removed [^\n]*\n$/ });
      await Bun.sleep(200);
    }
  })();
  for (const { status, stdout } of await Promise.all(runs))
    expect({ status, stdout }).toEqual({ status: 0, stdout: "ran\n" });
  over = true;
  await flushing;
});
