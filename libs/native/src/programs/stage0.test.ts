import {
  constants,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, type TestContext, test } from "vitest";
import { STAGE0_CLOCK } from "../clock.ts";
import { emit } from "../emit.ts";
import { End, monotonic } from "../testing/descriptors.ts";
import { architectures, emulator, skip, start, Workshop } from "../testing/run.ts";
import { STAGE0_ENDED, STAGE0_NOT_STARTED, stage0 } from "./stage0.ts";

const workshop = new Workshop();
afterAll(() => workshop.remove());

/**
 * Namespaces of its own: there reboot(2) ends process 1 and with it the namespace
 * (pid_namespaces(7)), devtmpfs cannot be mounted over the /dev of the test, and no mount is seen
 * outside.
 */
const unshare = "unshare --user --map-root-user --pid --mount --fork --kill-child".split(" ");

/**
 * Nothing is started but as process 1 of a namespace: elsewhere stage-0 would power this machine off. And
 * nothing is mounted but in a namespace, because the root is deleted behind the test.
 */
const enter = `
set -e
[ $$ = 1 ] || exit 99
[ "$(readlink /proc/self/ns/pid)" != "$1" ] || exit 99
[ "$(readlink /proc/self/ns/mnt)" != "$2" ] || exit 99
cd "$3"
shift 3
for directory in bin lib lib64 usr; do
  if [ -L /$directory ]; then cp -P /$directory $directory
  elif [ -d /$directory ]; then mkdir $directory; mount --rbind /$directory $directory
  fi
done
exec chroot . "$@"
`;

function allowed(context: TestContext): void {
  const probe = Bun.spawnSync([...unshare, "sh", "-c", "mount -t proc proc /proc"]);
  if (probe.exitCode !== 0) skip(context, `no namespaces of one's own: ${String(probe.stderr)}`);
}

describe.each(architectures)("stage-0 on %s", (arch) => {
  const INIT = "/vimto/init";

  /** Boots a root whose guest init is a shell script, or missing. */
  async function boot(context: TestContext, script: string | undefined) {
    allowed(context);
    const prefix = emulator(context, arch);
    const root = workshop.subdirectory();
    for (const directory of ["proc", "sys", "dev", "vimto"]) mkdirSync(join(root, directory));
    // A shell wants one for the stdin of what it runs in the background.
    writeFileSync(join(root, "dev/null"), "");
    const { bytes } = emit(stage0({ init: INIT, environment: ["PATH=/bin", "A=b c"] }), arch);
    writeFileSync(join(root, "init"), bytes, { mode: 0o755 });
    if (script !== undefined)
      writeFileSync(join(root, INIT), `#!/bin/sh\nexec >/said 2>&1\n${script}\n`, { mode: 0o755 });
    const path = join(root, "dev/console");
    expect(Bun.spawnSync(["mkfifo", path]).exitCode).toBe(0);
    const console = new End(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
    const outside = ["pid", "mnt"].map((name) => readlinkSync(`/proc/self/ns/${name}`));
    const cmd = [...unshare, "sh", "-c", enter, "sh", ...outside, root, ...prefix, "/init"];
    const running = start(cmd, [], { PATH: process.env.PATH ?? "" });
    const ending = await running.ended;
    const said = script === undefined ? "" : readFileSync(join(root, "said"), "utf8");
    return { root, said, ending, console: new TextDecoder().decode(await console.rest()) };
  }

  test("starts guest init with its environment, mounts for it, and powers off when it is gone", async (context) => {
    const before = monotonic();
    const { root, said, ending, console } = await boot(
      context,
      `echo "$0 $PPID $PATH $A"; cut -d ' ' -f 6 /proc/self/stat; echo $$; exit 7`,
    );
    const [first, session, pid] = said.split("\n");
    expect(first).toBe(`${INIT} 1 /bin b c`);
    expect(session).toBe(pid);
    expect(console).toBe(`${STAGE0_ENDED}0700\n`);
    // What the parent of a namespace sees when process 1 asked to power off (reboot(2)).
    expect(ending).toBe("SIGINT");
    const clock = readFileSync(join(root, STAGE0_CLOCK));
    expect(statSync(join(root, STAGE0_CLOCK)).mode & 0o777).toBe(0o400);
    expect(clock.length).toBe(16);
    const time = clock.readBigInt64LE(0) * 1_000_000_000n + clock.readBigInt64LE(8);
    expect(time).toBeGreaterThan(before);
    expect(time).toBeLessThan(monotonic());
  });

  test("tells the signal that ended guest init", async (context) => {
    const { console, ending } = await boot(context, "kill -KILL $$");
    expect(console).toBe(`${STAGE0_ENDED}0009\n`);
    expect(ending).toBe("SIGINT");
  });

  test("reaps what guest init's children leave behind", async (context) => {
    const { said, console } = await boot(
      context,
      `sh -c 'sleep 0.1 & echo $! >/orphan'
       while [ -e /proc/$(cat /orphan) ]; do sleep 0.1; done; echo reaped`,
    );
    expect(said).toBe("reaped\n");
    expect(console).toBe(`${STAGE0_ENDED}0000\n`);
  });

  test("says why guest init cannot be started", async (context) => {
    const { console, ending } = await boot(context, undefined);
    expect(console).toBe(`${STAGE0_NOT_STARTED}0002\n${STAGE0_ENDED}7f00\n`);
    expect(ending).toBe("SIGINT");
  });
});
