import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skip } from "@vimto/linux/testing/skip";
import { afterAll, expect, test } from "vitest";
import { writeProgram } from "../../../../../libs/asm/src/testing/program-file.ts";
import { NO_READ_ONLY_MOUNTS } from "../../host/virtiofsd.ts";
import { TETHER_NOT_READ_ONLY } from "../../system/programs/tether.ts";
import { whyNotStarted } from "./start-probe.ts";

const top = mkdtempSync(join(tmpdir(), "virtiofsd-"));
afterAll(() => rmSync(top, { recursive: true, force: true }));

function started(script: string, mayMount = false): ReturnType<typeof whyNotStarted> {
  const path = join(top, "virtiofsd");
  writeProgram(path, `#!/bin/sh\n${script}\n`);
  const asRoot = process.getuid?.() === 0;
  const rest = {
    version: "1.13.2",
    asRoot,
    fileHandles: undefined,
    openFiles: undefined,
    mayMount,
  };
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

const answer =
  "use Socket; open(S, q(+<&=3)); accept(C, S); sysread(C, $b, 12); syswrite(C, $b); sleep 1000";

test("one that answers has started", async () => {
  expect(await started(`exec perl -e '${answer}'`)).toBeUndefined();
});

test("root's is started with read-only mounts, where the host makes them", async (context) => {
  if (process.getuid?.() !== 0) skip(context, "only root may mount");
  const file = join(top, "written");
  const script = `echo 1 >${file} || exec perl -e '${answer}'`;
  const why = await started(script, true);
  if (why === NO_READ_ONLY_MOUNTS) skip(context, "this host makes no read-only mounts");
  expect(why).toBeUndefined();
  expect(existsSync(file)).toBe(false);
  expect(await started(`exit ${TETHER_NOT_READ_ONLY}`, true)).toBe(NO_READ_ONLY_MOUNTS);
  expect(await started(`exit ${TETHER_NOT_READ_ONLY}`)).toBe(
    "ended with status 144 and said nothing",
  );
});
