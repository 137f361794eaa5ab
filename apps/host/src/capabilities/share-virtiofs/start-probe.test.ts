import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { whyNotStarted } from "./start-probe.ts";

const top = mkdtempSync(join(tmpdir(), "virtiofsd-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

function started(script: string): Promise<string | undefined> {
  const path = join(top, "virtiofsd");
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  const asRoot = process.getuid?.() === 0;
  const rest = { version: "1.13.2", asRoot, fileHandles: undefined, mayMount: false };
  return whyNotStarted({ path, program: "rust", ...rest }, top);
}

test.each([
  [
    "echo first >&2; echo 'unshare: Operation not permitted' >&2; exit 1",
    'ended with status 1 and said "unshare: Operation not permitted"',
  ],
  ["exit 0", "ended with status 0 and said nothing"],
  ["kill -SYS $$", "was ended by SIGSYS and said nothing"],
])("%s", async (script, why) => {
  expect(await started(script)).toBe(why);
});

test("one that answers has started", async () => {
  const answer =
    "use Socket; open(S, q(+<&=3)); accept(C, S); sysread(C, $b, 12); syswrite(C, $b); sleep 1000";
  expect(await started(`exec perl -e '${answer}'`)).toBeUndefined();
});
