import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Cache } from "../../apps/host/src/cache/cache.ts";
import { cutCommandLine } from "../../apps/host/src/cli/argv.ts";
import type { RunEvent } from "../../apps/host/src/events.ts";
import { readHost } from "../../apps/host/src/host/facts.ts";
import { hostLimits } from "../../apps/host/src/host/machine-size.ts";
import { findSource } from "../../apps/host/src/kernels/find.ts";
import type { RunRequest } from "../../apps/host/src/run/request.ts";
import { run } from "../../apps/host/src/run/run.ts";
import type { Forwarded } from "../../apps/host/src/run/watch.ts";
import { loadSettings } from "../../apps/host/src/settings/load.ts";
import { readingFrom, writingTo } from "../../apps/host/src/system/pumps.ts";
import { guestPrograms } from "../harness/guest-programs.ts";
import { anyKernel } from "../harness/index.ts";

const base = mkdtempSync(join(tmpdir(), "vimto-run-"));
afterAll(() => rmSync(base, { recursive: true }));
const cache = new Cache(join(base, "cache"));

/** A run in a directory of its own, as one process can have many of them. */
async function request(name: string, argv: readonly string[], variables = {}) {
  const cwd = join(base, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, "in"), `${name} in\n`);
  const environment = { PATH: process.env.PATH, ...variables };
  const args = cutCommandLine(["--kernel", anyKernel(), "exec", "--", ...argv], ["config", "exec"]);
  const size = hostLimits();
  const settings = await loadSettings(args, { environment, cwd, host: size });
  const events: RunEvent[] = [];
  let listener: ((name: Forwarded) => void) | undefined;
  const whole: RunRequest = {
    settings,
    argv,
    kernel: findSource(settings.kernel, { ...settings, cache, environment }),
    host: readHost({ cwd, environment, size, argv, asRoot: false, hooks: [], shares: [] }),
    cache,
    programs: guestPrograms,
    streams: {
      merged: false,
      closed: [],
      open: async () => ({
        stdin: () => readingFrom(openSync(join(cwd, "in"), "r")),
        stdout: await writingTo(openSync(join(cwd, "out"), "w")),
        stderr: await writingTo(openSync(join(cwd, "err"), "w")),
      }),
    },
    signals: {
      subscribe: (subscriber) => {
        listener = subscriber;
        return () => {
          listener = undefined;
        };
      },
    },
    emit: (event) => events.push(event),
  };
  return {
    whole,
    events,
    read: (file: string) => readFileSync(join(cwd, file), "utf8"),
    signal: (name: Forwarded) => listener?.(name),
    isListening: () => listener !== undefined,
  };
}

test("two runs at once in one process, each with its own streams, files and result", async () => {
  const script = (status: number) =>
    `cat; echo "$NAME err" >&2; pwd >file; echo more; exit ${status}`;
  const one = await request("one", ["sh", "-c", script(0)], { NAME: "first" });
  const two = await request("two", ["sh", "-c", script(7)], { NAME: "second" });
  const [first, second] = await Promise.all([run(one.whole), run(two.whole)]);
  expect(first).toMatchObject({
    outcome: "passed",
    status: 0,
    exit: { status: 0 },
    reason: undefined,
    firstWords: { stdout: "one in", stderr: "first err" },
  });
  expect(second).toMatchObject({
    outcome: "failed",
    status: 7,
    exit: { status: 7 },
    reason: undefined,
    firstWords: { stdout: "two in", stderr: "second err" },
  });
  for (const { release, moments } of [first, second]) {
    expect(release).toMatch(/^\d+\.\d+/);
    expect([...moments.keys()]).toContain("command-ended");
    expect([...moments.values()]).toEqual([...moments.values()].toSorted((a, b) => a - b));
  }
  expect([one.read("out"), one.read("err"), one.read("file")]).toEqual([
    "one in\nmore\n",
    "first err\n",
    `${base}/one\n`,
  ]);
  expect([two.read("out"), two.read("err"), two.read("file")]).toEqual([
    "two in\nmore\n",
    "second err\n",
    `${base}/two\n`,
  ]);
  expect([one.isListening(), two.isListening()]).toEqual([false, false]);
});

test("a run that cannot be is a result too, and leaves the other alone", async () => {
  const good = await request("good", ["true"]);
  const bad = await request("bad", ["true"]);
  const kernel = findSource(
    { text: "./nowhere", directory: base },
    { ...bad.whole.settings, cache, environment: {} },
  );
  const [passed, failed] = await Promise.all([run(good.whole), run({ ...bad.whole, kernel })]);
  expect(passed.outcome).toBe("passed");
  expect(failed).toMatchObject({ outcome: "could-not-run", status: 125, release: undefined });
  expect(String(failed.reason)).toContain(`${base}/nowhere`);
});

test("a signal reaches the command of its own run alone", async () => {
  const ended = await request("ended", ["sh", "-c", "echo up; sleep 1000"]);
  const other = await request("other", ["sh", "-c", "cat; echo done"]);
  const whole: RunRequest = {
    ...ended.whole,
    emit: (event) => {
      if (event.kind === "moment" && event.moment === "command-started") ended.signal("SIGTERM");
    },
  };
  const [interrupted, passed] = await Promise.all([run(whole), run(other.whole)]);
  expect(interrupted).toMatchObject({ outcome: "failed", status: 143, exit: { signal: 15 } });
  expect(passed).toMatchObject({ outcome: "passed", status: 0 });
  expect(other.read("out")).toBe("other in\ndone\n");
});
